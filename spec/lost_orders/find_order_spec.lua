-- Orders of another process, looked for afterwards: found, certainly not taken in, or neither.

local cbr = require "cbr"
local support = require "spec.helpers.support"

local sandbox, world, lose = support.sandbox, support.fixtures, support.lose

local HYBRID = { vault_id = world.vaults.hybrid.id }
local ORDERS = { replicate = support.replicate_params(), sync = HYBRID }

describe("an order of another process", function()
  local client, other

  before_each(function()
    sandbox.reset()
    client = support.client { timeout = 8, settle_time = 0.2 }
    other = support.client { reconcile = false }
  end)

  after_each(function()
    sandbox.clear_faults()
    client:close()
    other:close()
  end)

  -- Places one whose answer nobody hears.
  local function place(name, fault, fields)
    lose(name, fault, fields)
    local _, err = other[name](other, ORDERS[name])
    assert.equal("unknown", err.outcome)
  end

  -- What all answers about one order must agree in.
  local function ids_of(answer)
    local ids = { answer.operation_log_id }
    for _, one in ipairs(answer.backups or answer) do
      ids[#ids + 1] = one.replication_record_id or one.operation_log_id
    end
    table.sort(ids)
    return ids
  end

  it("is found where it went through, and is not where it did not", function()
    for name, params in pairs(ORDERS) do
      sandbox.reset()
      local since = os.time()
      place(name)
      local found = assert(client:find_order(name, params, { since = since }))
      assert.is_true(found.reconciled)
      assert.same(ids_of(sandbox.ledger()[1].made), ids_of(found))
      sandbox.reset()
      assert.is_false(client:find_order(name, params, { since = since }))
      assert.equal(0, #sandbox.ledger())
    end
  end)

  describe("placed a moment before is not called lost", function()
    it("while the lists do not show it yet", function()
      client.settle_time = 3
      for name, params in pairs(ORDERS) do
        for _, quirks in ipairs { { late_tasks = 60, late_records = 60 }, { late_tasks = 60, late_records = 90 } } do
          sandbox.reset()
          sandbox.quirks(quirks) -- at 60 sandbox seconds a second
          local since = os.time()
          place(name)
          local found = assert(client:find_order(name, params, { since = since }))
          assert.same(ids_of(sandbox.ledger()[1].made), ids_of(found))
        end
      end
    end)

    it("while the service has it and has not taken it in", function()
      client.settle_time = 3
      for name, params in pairs(ORDERS) do
        sandbox.reset()
        lose(name, "slow_before", { seconds = 1 })
        local since = os.time()
        local results, failures = cbr.map({ "place", "find" }, function(what)
          if what == "place" then
            return other[name](other, params)
          end
          while support.count(name) == 0 do
            assert(client:list_vault { limit = 1 })
          end
          assert.equal(0, #sandbox.ledger())
          return client:find_order(name, params, { since = since })
        end)
        assert.same({}, failures)
        assert.is_true(results[2].reconciled)
        assert.same(ids_of(results[1]), ids_of(results[2]))
        assert.equal(1, #sandbox.ledger())
      end
    end)

    it("on the word of a clock that is ahead of this one", function()
      for name, params in pairs(ORDERS) do
        sandbox.reset()
        place(name)
        sandbox.clock(20) -- as many seconds later
        local one = support.client { timeout = 8, settle_time = 0.2 }
        local answer, err = one:find_order(name, params, { since = os.time() })
        assert.is_nil(answer)
        assert.equal("unknown", err.outcome)
        assert.is_true(#err.seen > 0)
        one:close()
      end
    end)
  end)

  it("is not looked for by a time that has not come", function()
    sandbox.clear_requests()
    for name, params in pairs(ORDERS) do
      for _, ahead in ipairs { 30, 3600 } do
        local answer, err = client:find_order(name, params, { since = os.time() + ahead })
        assert.is_nil(answer)
        assert.same({ "argument", "find_order" }, { err.kind, err.operation })
        assert.equal("since", err.problems[1].parameter)
        assert.matches("since is %d+ s ahead of this machine's clock", tostring(err))
        assert.is_nil(err.outcome)
      end
    end
    assert.same({}, sandbox.requests())
  end)

  it("stays unknown where the service does not say, or says too much", function()
    local since = os.time()
    lose("list_op_logs", "html_502", { times = -1 })
    local found, err = client:find_order("sync", HYBRID, { since = since, timeout = 1 })
    assert.is_nil(found)
    assert.same({ "find_order", "unknown", false }, { err.operation, err.outcome, err.retryable })
    assert.is_true(err.kind == "service" or err.kind == "timeout") -- what the last look came to
    sandbox.reset()
    sandbox.time_scale(60000)
    for _ = 1, 2 do
      assert(client:wait(assert(other:sync(HYBRID)), { interval = 0.01 }))
    end
    found, err = client:find_order("sync", HYBRID, { since = since })
    assert.is_nil(found)
    assert.same({ "service", "unknown", 2 }, { err.kind, err.outcome, #err.seen })
  end)

  it("is none with parameters of none", function()
    local _, err = client:find_order("sync", { vault_id = "x" }, { since = os.time() })
    assert.same({ "argument", "find_order" }, { err.kind, err.operation })
    assert.is_false(pcall(client.find_order, client, "list_vault", {}, { since = os.time() }))
    assert.is_false(pcall(client.find_order, client, "sync", HYBRID))
    assert.is_false(pcall(client.find_order, client, "sync", HYBRID, {}))
    assert.is_false(pcall(client.find_order, client, "sync", "x", { since = os.time() }))
  end)
end)
