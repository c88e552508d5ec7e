-- client:find_order finds out whether the service accepted an order whose response another process has lost.

local await = require "cbr.loop.await"
local call = require "cbr.call.call"
local cbr = require "cbr"
local lost_orders = require "spec.helpers.lost_orders"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local sandbox, lose_response = support.sandbox, support.lose_response
local HYBRID, PARAMS = lost_orders.HYBRID, lost_orders.PARAMS

describe("find_order", function()
  local client, other

  set_up.for_each_test(function()
    client = support.client { timeout = 8, settle_time = 0.2 }
    other = support.client { reconcile = false }
    return client, other
  end)

  -- Places an order from another client and loses its response.
  local function place(operation)
    lose_response(operation)
    local _, err = other[operation](other, PARAMS[operation])
    assert.equal("unknown", err.outcome)
  end

  -- Returns the ids in a response, or in the list `made` of an order in the sandbox's ledger.
  local function ids_of(response)
    local ids = { response.backup_id and response.replication_record_id or response.operation_log_id }
    for _, one in ipairs(response.backups or response) do
      ids[#ids + 1] = one.replication_record_id or one.operation_log_id
    end
    table.sort(ids)
    return ids
  end

  it("find_order returns for an accepted order what its response would have held", function()
    for operation, params in pairs(PARAMS) do
      sandbox.reset()
      local since = os.time()
      place(operation)
      local order = assert(client:find_order(operation, params, { since = since }))
      assert.is_true(order.reconciled)
      assert.same(ids_of(sandbox.ledger()[1].made), ids_of(order))
    end
  end)

  it("find_order returns false for an order that was not accepted, and does not place it", function()
    for operation, params in pairs(PARAMS) do
      assert.is_false(client:find_order(operation, params, { since = os.time() }))
      assert.equal(0, support.count(operation))
      assert.equal(0, #sandbox.ledger())
    end
  end)

  it("find_order finds an order that appears in the lists within the settle time", function()
    local patient = support.client { timeout = 8, settle_time = 3 }
    for operation, params in pairs(PARAMS) do
      for _, quirks in ipairs { { late_tasks = 60, late_records = 60 }, { late_tasks = 60, late_records = 90 } } do
        sandbox.reset()
        sandbox.quirks(quirks) -- in seconds of the sandbox, of which 60 pass in one real second
        local since = os.time()
        place(operation)
        local order = assert(patient:find_order(operation, params, { since = since }))
        assert.same(ids_of(sandbox.ledger()[1].made), ids_of(order))
      end
    end
    patient:close()
  end)

  it("find_order finds an order that the service accepts only after the search began, within settle_time", function()
    local patient = support.client { timeout = 8, settle_time = 5 }
    for operation, params in pairs(PARAMS) do
      sandbox.reset()
      lose_response(operation, "slow_before", { seconds = 1.6 })
      local since = os.time()
      local results, failures = cbr.map({ "place", "find" }, function(role)
        if role == "place" then
          return other[operation](other, params)
        end
        while support.count(operation) == 0 do
          assert(patient:list_vault { limit = 1 })
        end
        assert.equal(0, #sandbox.ledger())
        return patient:find_order(operation, params, { since = since })
      end)
      assert.same({}, failures)
      assert.is_true(results[2].reconciled)
      assert.same(ids_of(results[1]), ids_of(results[2]))
      assert.equal(1, #sandbox.ledger())
    end
    patient:close()
  end)

  it("find_order rejects a `since` in the future, and sends no request", function()
    for operation, params in pairs(PARAMS) do
      for _, ahead in ipairs { 30, 3600 } do
        local response, err = client:find_order(operation, params, { since = os.time() + ahead })
        assert.is_nil(response)
        assert.same({ "argument", "find_order" }, { err.kind, err.operation })
        assert.equal("since", err.problems[1].parameter)
        assert.matches("since is %d+ s ahead of this machine's clock", tostring(err))
        assert.is_nil(err.outcome)
      end
    end
    assert.same({}, sandbox.requests())
  end)

  it("find_order leaves the outcome unknown when the service returns no list", function()
    lose_response("list_op_logs", "html_502", { times = -1 })
    local order, err = client:find_order("sync", HYBRID, { since = os.time(), timeout = 1 })
    assert.is_nil(order)
    assert.same({ "find_order", "unknown", false }, { err.operation, err.outcome, err.retryable })
    assert.is_true(err.kind == "service" or err.kind == "timeout") -- the kind depends on how the last request ended
  end)

  it("find_order leaves the outcome unknown when two orders match, and the error lists both", function()
    sandbox.time_scale(lost_orders.FAST)
    local since = os.time()
    for _ = 1, 2 do
      lost_orders.complete_sync(other)
    end
    local order, err = client:find_order("sync", HYBRID, { since = since })
    assert.is_nil(order)
    assert.same({ "service", "unknown", 2 }, { err.kind, err.outcome, #err.seen })
    assert.equal("more than one order matches", err.message)
  end)

  it("find_order leaves no entry open that would delay the search for a later lost sync", function()
    collectgarbage "stop" -- because the collector would remove an entry that find_order had left open
    finally(function() collectgarbage "restart" end)
    assert.is_false(client:find_order("sync", HYBRID, { since = os.time() }))
    lose_response("sync", "slow_headers", { seconds = 20 })
    local sync, err = client:sync(HYBRID, { timeout = 4 * support.patience })
    assert.is_true(sync and sync.reconciled, tostring(err))
    assert.equal(1, #sandbox.ledger())
  end)

  it("find_order returns a timeout when the settle time would end after the timeout", function()
    local patient = support.client { settle_time = 10 }
    local frozen, read, sleep = support.frozen_clock(), call.read, await.sleep
    finally(function()
      frozen.restore()
      call.read, await.sleep = read, sleep
      patient:close()
    end)
    function call.read() return { operation_logs = {}, count = 0 } end
    function await.sleep(_, seconds) frozen.now = frozen.now + seconds end
    local order, err = patient:find_order("sync", HYBRID, { since = os.time(), timeout = 0.3 })
    assert.is_nil(order)
    assert.same({ "timeout", "unknown" }, { err.kind, err.outcome })
    assert.equal("the timeout passed before the outcome was certain", err.message)
  end)

  it("find_order returns an error for parameters that the order itself would not accept", function()
    local _, err = client:find_order("sync", { vault_id = "x" }, { since = os.time() })
    assert.same({ "argument", "find_order" }, { err.kind, err.operation })
  end)

  it("find_order raises if the operation is not an order, `since` is missing, or `params` is not a table", function()
    assert.is_false(pcall(client.find_order, client, "list_vault", {}, { since = os.time() }))
    assert.is_false(pcall(client.find_order, client, "sync", HYBRID))
    assert.is_false(pcall(client.find_order, client, "sync", HYBRID, {}))
    assert.is_false(pcall(client.find_order, client, "sync", "x", { since = os.time() }))
  end)
end)
