-- Orders whose answer was lost: looked for at the service, and told from those of others.

local cbr = require "cbr"
local support = require "spec.helpers.support"

local sandbox, world, lose = support.sandbox, support.fixtures, support.lose

local HYBRID = { vault_id = world.vaults.hybrid.id }

describe("an order whose answer is lost", function()
  local client, other, events

  before_each(function()
    sandbox.reset()
    events = {}
    client = support.client { timeout = 8, settle_time = 0.2, retry_pause = 0.005, log = function(event)
      if event.event ~= "attempt" then
        events[#events + 1] = event
      end
    end }
    other = support.client()
  end)

  after_each(function()
    sandbox.clear_faults()
    client:close()
    other:close()
  end)

  local function keys_of(answer)
    local keys = {}
    for key, value in pairs(answer) do
      keys[key] = key ~= "backups" and key ~= "operation_log_id" and value or type(value)
    end
    return keys
  end

  -- What the order's ledger entry says that its answer must.
  local function made()
    local orders = sandbox.ledger()
    assert.equal(1, #orders)
    local list = {}
    for i, one in ipairs(orders[1].made) do
      list[i] = { backup_id = one.backup_id, replication_record_id = one.replication_record_id }
    end
    return list, orders[1].made
  end

  local function sorted(backups)
    table.sort(backups, function(a, b) return a.backup_id < b.backup_id end)
    return backups
  end

  local function look_events()
    local verdicts = {}
    for _, event in ipairs(events) do
      if event.event == "search" then
        verdicts[#verdicts + 1] = event.verdict
      end
    end
    return verdicts
  end

  describe("and that went through", function()
    it("is answered as ever, of a replicate", function()
      local real = keys_of(assert(client:replicate(support.replicate_params())))
      assert.is_nil(real.reconciled)
      sandbox.reset()
      lose "replicate"
      local found = assert(client:replicate(support.replicate_params()))
      real.reconciled = true
      assert.same(real, keys_of(found))
      assert.same(sorted(made()), sorted(found.backups))
      assert.same({ "found" }, look_events())
    end)

    it("is answered as ever, of a sync", function()
      local real = keys_of(assert(client:sync(HYBRID)))
      sandbox.reset()
      lose "sync"
      local found = assert(client:sync(HYBRID))
      real.reconciled = true
      assert.same(real, keys_of(found))
      assert.equal(select(2, made())[1].operation_log_id, found.operation_log_id)
    end)

    it("is told from others by its request id, where its answer came so far", function()
      sandbox.time_scale(60000)
      assert(other:wait(assert(other:sync(HYBRID)), { interval = 0.01 })) -- so shortly before that it could be this one
      lose("sync", "invalid_json")
      local found = assert(client:sync(HYBRID))
      local orders = sandbox.ledger()
      assert.equal(2, #orders)
      assert.equal(orders[2].made[1].operation_log_id, found.operation_log_id)
    end)

    local manners = {
      { "records that no list shows", { records_in_list = false } },
      { "records that show late", { late_records = 1 } },
      { "tasks that show late", { late_tasks = 5 } },
      { "tasks and records that show late", { late_tasks = 4, late_records = 5 } },
      { "no records at all", { records = false }, true },
      { "nulls, numbers as text, old names", { nulls = true, numbers_as_text = true, old_names = true } },
      { "extra_info as a text, and stamps without a fraction", { extra_info_text = true, stamps = "z" } },
      { "stamps with an offset", { stamps = "offset" } },
    }
    for _, manner in ipairs(manners) do
      it("is found and followed where there are " .. manner[1], function()
        sandbox.quirks(manner[2])
        lose "replicate"
        local found = assert(client:replicate(support.replicate_params()))
        local ordered = made()
        assert.equal(3, #found.backups)
        if manner[3] then
          for _, backup in ipairs(ordered) do
            backup.replication_record_id = nil
          end
        end
        assert.same(sorted(ordered), sorted(found.backups))
        sandbox.time_scale(6000)
        local report = assert(client:wait(found, { interval = 0.02 }))
        assert.same({ 3, 3 }, { report.total, report.succeeded })
        sandbox.reset()
        sandbox.quirks(manner[2])
        lose "sync"
        assert(client:sync(HYBRID))
        assert.equal(1, #sandbox.ledger())
      end)
    end

    it("is found and followed on Open Telekom Cloud", function()
      local one = support.client {
        project_id = world.projects.de.id, timeout = 8, settle_time = 0.2,
      }
      lose "replicate"
      local found = assert(one:replicate {
        vault_id = world.vaults.de_server.id, destination_project_id = world.projects.nl.id,
        destination_region = "eu-nl", destination_vault_id = world.vaults.nl_replicas.id,
      })
      assert.is_true(found.reconciled)
      assert.equal(2, #found.backups)
      sandbox.time_scale(6000)
      assert.equal(2, assert(one:wait(found, { interval = 0.02 })).succeeded)
      assert.equal(1, #sandbox.ledger())
      one:close()
    end)

    it("is found though looks fail, too", function()
      for _, fault in ipairs { "reset_before", "html_502", "throttled", "invalid_json", "truncated" } do
        lose("list_op_logs", fault)
        lose("list_backups", fault)
      end
      lose "replicate"
      assert(client:replicate(support.replicate_params()))
      assert.equal(1, #sandbox.ledger())
    end)

    it("is found whatever this machine's clock says", function()
      for _, offset in ipairs { -800, 800 } do
        sandbox.reset()
        sandbox.clock(offset)
        local one = support.client { timeout = 8, settle_time = 0.2 } -- whose first request it is
        lose "sync"
        assert(one:sync(HYBRID))
        assert.equal(1, #sandbox.ledger())
        one:close()
      end
    end)

    it("is known by the refusal of its repeat", function()
      for operation, code in pairs { replicate = "BackupService.6130", sync = "BackupService.7302" } do
        sandbox.reset()
        sandbox.time_scale(1)
        local codes = {}
        lose(operation, "reset_before")
        -- It arrives when nobody reckons with it any more: just before the repeat.
        local function call(from, options)
          if operation == "sync" then
            return from:sync(HYBRID, options)
          end
          return from:replicate(support.replicate_params(), options)
        end
        client.log = function(event)
          if event.event == "search" and event.verdict == "nothing" then
            assert(call(other))
          elseif event.event == "attempt" and event.code then
            codes[#codes + 1] = event.code
          end
        end
        local found = assert(call(client))
        assert.is_true(found.reconciled)
        assert.same({ code }, codes)
        assert.equal(1, #sandbox.ledger())
      end
    end)
  end)

  describe("and that was not taken in", function()
    it("goes out again once that is certain", function()
      for _, fault in ipairs { "reset_before", "close_before", "html_502" } do
        sandbox.reset()
        events = {}
        lose("replicate", fault)
        local answer = assert(client:replicate(support.replicate_params()))
        assert.is_nil(answer.reconciled)
        assert.equal(1, #sandbox.ledger())
        assert.same({ "nothing" }, look_events())
      end
    end)

    it("is refused for good where it may not go out again, and says so", function()
      lose("sync", "reset_before")
      local _, err = client:sync(HYBRID, { max_attempts = 1 })
      assert.same({ "network", "rejected", true, 1 }, { err.kind, err.outcome, err.retryable, err.attempts })
      assert.matches("it was not taken in", tostring(err), 1, true)
      assert.equal(0, #sandbox.ledger())
    end)

    it("stays unknown where the time is too short for certainty", function()
      local one = support.client { timeout = 4, settle_time = 60 }
      lose("sync", "reset_before")
      local _, err = one:sync(HYBRID)
      assert.same({ "network", "unknown" }, { err.kind, err.outcome })
      assert.matches("look at the vault's tasks", tostring(err), 1, true)
      assert.equal(1, support.count "sync")
      one:close()
    end)
  end)

  it("stays unknown while the service does not answer looks", function()
    lose("sync", "reset_before")
    lose("list_op_logs", "html_502", { times = -1 })
    local _, err = client:sync(HYBRID, { timeout = 2 })
    assert.same({ "network", "unknown", 1 }, { err.kind, err.outcome, err.attempts })
    assert.same({}, err.seen)
    assert.equal(1, support.count "sync")
  end)

  it("does not take an answer without the list for an empty one", function()
    for _, fault in ipairs { "empty", "null_fields" } do
      sandbox.reset()
      lose("sync")
      lose("list_op_logs", fault, { times = 4 })
      assert(client:sync(HYBRID))
      assert.equal(1, #sandbox.ledger())
      lose("replicate")
      lose("list_op_logs", fault, { times = 2 })
      lose("list_backups", fault, { times = 4 })
      assert(client:replicate(support.replicate_params()))
      assert.equal(2, #sandbox.ledger())
    end
  end)

  it("is not looked for where that is switched off", function()
    lose("sync", nil, { times = 2 })
    local _, err = client:sync(HYBRID, { reconcile = false })
    assert.same({ "unknown", 1 }, { err.outcome, err.attempts })
    local one = support.client { reconcile = false }
    sandbox.time_scale(60000)
    _, err = one:sync(HYBRID)
    assert.equal("unknown", err.outcome)
    assert.equal(0, support.count "list_op_logs")
    one:close()
  end)

  describe("is not mistaken for", function()
    it("an earlier one", function()
      sandbox.time_scale(60000)
      assert(other:wait(assert(other:sync(HYBRID)), { interval = 0.01 }))
      sandbox.clock(60)
      assert(client:list_vault {}) -- and the client knows what time it is there
      lose("sync", "reset_before")
      local answer = assert(client:sync(HYBRID))
      assert.is_nil(answer.reconciled)
      assert.equal(2, #sandbox.ledger())
    end)

    it("one to another vault", function()
      local id = "11111111-2222-4333-8444-555555555555"
      sandbox.time_scale(1)
      sandbox.patch { vaults = { [id] = { kind = "replicas", project = "east", size = 9000 } } }
      lose("replicate", "reset_before")
      local first
      client.log = function(event)
        if event.event == "attempt" and event.operation == "replicate" and event.kind == "network" then
          first = assert(other:replicate(support.replicate_params { destination_vault_id = id }))
        end
      end
      local answer, err = client:replicate(support.replicate_params(), { max_attempts = 2 })
      assert.is_table(first)
      assert.is_nil(answer)
      assert.same({ "BackupService.6130", "rejected", 2 }, { err.code, err.outcome, err.attempts })
      assert.equal(1, #sandbox.ledger())
    end)

    it("one of a policy", function()
      lose("replicate", "reset_before") -- the vault's backups are on their way since the reset, triggered automatically
      local answer, err = client:replicate(support.replicate_params { vault_id = world.vaults.replicating.id }, {
        max_attempts = 2,
      })
      assert.is_nil(answer)
      assert.same({ "BackupService.6130", "rejected" }, { err.code, err.outcome })
    end)

    it("one of two that fit equally", function()
      sandbox.time_scale(60000)
      lose("sync", "reset_before")
      local ids = {}
      client.log = function(event)
        if event.event == "attempt" and event.operation == "sync" then
          for i = 1, 2 do
            local sync = assert(other:sync(HYBRID))
            assert(other:wait(sync, { interval = 0.01 }))
            ids[i] = sync.operation_log_id
          end
        end
      end
      local answer, err = client:sync(HYBRID)
      assert.is_nil(answer)
      assert.same({ "network", "unknown", 1 }, { err.kind, err.outcome, err.attempts })
      assert.equal(2, #err.seen)
      for _, seen in ipairs(err.seen) do
        assert.is_true(seen.operation_log_id == ids[1] or seen.operation_log_id == ids[2])
        assert.equal("success", seen.status)
        assert.is_string(seen.created_at)
      end
      assert.matches("more than one order fits", tostring(err), 1, true)
    end)

    it("another one of this client on the same vault", function()
      sandbox.time_scale(1)
      lose("sync", "reset_after", { times = 2 }) -- of the second the answer is a refusal
      local results, errors = cbr.map({ 1, 2 }, function()
        return client:sync(HYBRID, { max_attempts = 2 })
      end)
      assert.equal(1, #sandbox.ledger())
      local answer, err = results[1] or results[2], errors[1] or errors[2]
      assert.is_false(results[1] ~= nil and results[2] ~= nil)
      assert.is_true(answer.reconciled)
      assert.same({ "BackupService.7302", "rejected" }, { err.code, err.outcome })
    end)
  end)
end)
