-- The search for an order whose response is lost: what it concludes, when it searches again, and when it ends.

local core = require "cbr.core"
local entries = require "cbr.lost_orders.entry"
local lost_orders = require "spec.helpers.lost_orders"
local search = require "cbr.lost_orders.search"
local support = require "spec.helpers.support"

local sandbox, fixtures, lose_response = support.sandbox, support.fixtures, support.lose_response
local HYBRID = lost_orders.HYBRID

describe("the search for a lost order", function()
  local fixture, client, other

  lost_orders.for_each_test(function(made)
    fixture, client, other = made, made.client, made.other
  end)

  -- Returns the fields of a response. Ids, which differ between orders, are replaced by their types.
  local function shape_of(response)
    local fields = {}
    for name, value in pairs(response) do
      fields[name] = name ~= "backups" and name ~= "operation_log_id" and value or type(value)
    end
    return fields
  end

  it("the search for a lost replication returns the same fields as the lost response", function()
    local expected = shape_of(assert(client:replicate(support.replicate_params())))
    assert.is_nil(expected.reconciled)
    sandbox.reset()
    lose_response "replicate"
    local replication = assert(client:replicate(support.replicate_params()))
    expected.reconciled = true
    assert.same(expected, shape_of(replication))
    assert.same(lost_orders.ordered_backups(), lost_orders.sorted(replication.backups))
    assert.same({ "found" }, fixture.verdicts)
  end)

  it("the search for a lost sync returns the same fields as the lost response", function()
    local expected = shape_of(assert(client:sync(HYBRID)))
    sandbox.reset()
    lose_response "sync"
    local sync = assert(client:sync(HYBRID))
    expected.reconciled = true
    assert.same(expected, shape_of(sync))
    local orders = sandbox.ledger()
    assert.equal(1, #orders)
    assert.equal(orders[1].made[1].operation_log_id, sync.operation_log_id)
    assert.same({ "found" }, fixture.verdicts)
  end)

  it("the search finds an order although several of the search's requests fail, and retries none of them", function()
    local retried = {}
    function fixture.on_event(event)
      retried[#retried + 1] = event.event == "retry" and event.operation or nil
    end
    for _, fault in ipairs { "reset_before", "html_502", "throttled", "invalid_json", "truncated" } do
      lose_response("list_op_logs", fault)
      lose_response("list_backups", fault)
    end
    lose_response "replicate"
    assert.is_true(assert(client:replicate(support.replicate_params())).reconciled)
    assert.equal(1, #sandbox.ledger())
    assert.same({}, sandbox.faults())
    assert.same({}, retried) -- no retry is logged, because the search has its own pauses
  end)

  it("the search finds an order whose retry is rejected because such an order is in progress", function()
    for operation, code in pairs { replicate = "BackupService.6130", sync = "BackupService.7302" } do
      sandbox.reset()
      sandbox.time_scale(1)
      local params, codes = lost_orders.PARAMS[operation], {}
      lose_response(operation, "reset_before")
      function fixture.on_event(event)
        if event.event == "search" and event.verdict == "nothing" then
          assert(other[operation](other, params)) -- the order arrives only after the search
        elseif event.event == "attempt" and event.code then
          codes[#codes + 1] = event.code
        end
      end
      local result = assert(client[operation](client, params))
      assert.is_true(result.reconciled)
      assert.same({ code }, codes)
      assert.equal(1, #sandbox.ledger())
    end
  end)

  it("a read of the search may take half of the remaining time, but at least 0.2 s and at most 10 s", function()
    local call, frozen = require "cbr.call.call", support.frozen_clock()
    local read, asked = call.read, nil
    call.read = function(_, _, _, options)
      asked = options
      return nil, { kind = "network" }
    end
    finally(function()
      call.read = read
      frozen.restore()
    end)
    for left, timeout in pairs { [60] = 10, [6] = 3, [0.25] = 0.2, [0.125] = 0.125, [0] = 0.001 } do
      local entry = entries.open_foreign({ entries = {}, settle_time = 0.2, clock_offset = 0 }, "sync", HYBRID)
      entry:note_open { at = frozen.now, wall = os.time() }
      local _, verdict = search.run(entry, frozen.now + left, { settles = true, is_duplicate = false })
      assert.same({ "unread", timeout, 1 }, { verdict, asked.timeout, asked.max_attempts })
    end
  end)

  it("an order is retried when it is certain that it was not accepted", function()
    for _, fault in ipairs { "reset_before", "close_before", "html_502" } do
      sandbox.reset()
      fixture.verdicts = {}
      lose_response("replicate", fault)
      local result = assert(client:replicate(support.replicate_params()))
      assert.is_nil(result.reconciled)
      assert.equal(1, #sandbox.ledger())
      assert.same({ "nothing" }, fixture.verdicts)
    end
  end)

  it("an order that was not accepted is reported as rejected when max_attempts allows no retry", function()
    lose_response("sync", "reset_before")
    local _, err = client:sync(HYBRID, { max_attempts = 1 })
    assert.same({ "network", "rejected", true, 1 }, { err.kind, err.outcome, err.retryable, err.attempts })
    assert.matches("it was not accepted", tostring(err), 1, true)
    assert.equal(0, #sandbox.ledger())
  end)

  it("the search leaves the outcome unknown when the timeout is shorter than the settle time", function()
    local patient = support.client { timeout = 4, settle_time = 60 }
    lose_response("sync", "reset_before")
    local _, err = patient:sync(HYBRID)
    assert.same({ "network", "unknown" }, { err.kind, err.outcome })
    assert.matches("check the vault's tasks", tostring(err), 1, true)
    assert.equal(1, support.count "sync")
    patient:close()
  end)

  it("the search leaves the outcome unknown when all of its requests fail", function()
    lose_response("sync", "reset_before")
    lose_response("list_op_logs", "html_502", { times = -1 })
    local _, err = client:sync(HYBRID, { timeout = 4 })
    assert.same({ "network", "unknown", 1 }, { err.kind, err.outcome, err.attempts })
    assert.same({}, err.seen)
    assert.equal(1, support.count "sync")
  end)

  it("the search waits before its next request for as long as Retry-After says", function()
    lose_response "sync"
    lose_response("list_op_logs", "throttled", { retry_after = 1 })
    local from = core.monotonic()
    assert(client:sync(HYBRID))
    assert.is_true(core.monotonic() - from >= 1)
    assert.equal(3, support.count "list_op_logs") -- one rejected request, and two pages
  end)

  it("reconcile = false, in the call or in the client, disables the search", function()
    lose_response("sync", nil, { times = 2 })
    local _, err = client:sync(HYBRID, { reconcile = false })
    assert.same({ "unknown", 1 }, { err.outcome, err.attempts })
    sandbox.time_scale(lost_orders.FAST)
    local unsearching = support.client { reconcile = false }
    _, err = unsearching:sync(HYBRID)
    assert.equal("unknown", err.outcome)
    assert.equal(0, support.count "list_op_logs")
    assert.same({}, fixture.verdicts)
    unsearching:close()
  end)

  it("the search leaves the outcome unknown when two orders match, and the error lists both", function()
    sandbox.time_scale(lost_orders.FAST)
    lose_response("sync", "reset_before")
    local ids = {}
    fixture.after_request("sync", function()
      for i = 1, 2 do
        ids[i] = lost_orders.complete_sync(other).operation_log_id
      end
    end)
    local result, err = client:sync(HYBRID)
    assert.is_nil(result)
    assert.same({ "network", "unknown", 1 }, { err.kind, err.outcome, err.attempts })
    assert.same({ "several" }, fixture.verdicts)
    assert.equal(2, #err.seen)
    local seen_ids = {}
    for i, seen in ipairs(err.seen) do
      seen_ids[i] = seen.operation_log_id
      assert.equal("success", seen.status)
      assert.is_string(seen.created_at)
    end
    table.sort(ids)
    table.sort(seen_ids)
    assert.same(ids, seen_ids)
    assert.matches("the service shows several orders that match", tostring(err), 1, true)
  end)

  it("the search finds no order on another vault than the vault of the lost order", function()
    local partial = { vault_id = fixtures.vaults.hybrid_partial.id }
    lose_response("sync", "reset_before")
    fixture.after_request("sync", function(event)
      if event.kind then -- only the event of the lost attempt has an error kind
        assert(other:sync(partial))
      end
    end)
    assert.is_nil(assert(client:sync(HYBRID)).reconciled)
    local orders = sandbox.ledger()
    assert.equal(2, #orders)
    assert.same({ partial.vault_id, HYBRID.vault_id }, { orders[1].vault_id, orders[2].vault_id })
  end)

  it("empty lists prove nothing while the service may still work on the request", function()
    local hasty = lost_orders.fixture { timeout = 3 }
    -- The client stops waiting for the response after 1.5 s: half of its timeout is kept for the search.
    lose_response("sync", "slow_before", { seconds = 2 })
    local sync, err = hasty.client:sync(HYBRID)
    assert.is_true(sync and sync.reconciled or err.outcome == "unknown")
    for _, verdict in ipairs(hasty.verdicts) do
      assert.not_equal("nothing", verdict)
    end
    assert.equal(1, support.count "sync")
    hasty.close()
  end)

  it("empty lists prove nothing if memory ran out while the response arrived #process", function()
    sandbox.quirks { late_tasks = 1e9 } -- the service accepts the order, and lists nothing
    lose_response("sync", "raw", {
      body = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15000000\r\n\r\n",
      again = ("x"):rep(65536), bytes = 15000000,
    })
    local script = support.file [[
      local support = require "spec.helpers.support"
      local client = support.client { timeout = 4, settle_time = 0.2, retry_pause = 0.005 }
      local hybrid = { vault_id = support.fixtures.vaults.hybrid.id }
      assert(client:show_vault(hybrid))
      local size = 1024 * support.read "/proc/self/status":match "VmSize:%s*(%d+)"
      os.execute(("prlimit --pid $PPID --as=%.0f"):format(size + 12 * 2 ^ 20))
      local _, err = client:sync(hybrid)
      print(err.kind, err.outcome, err.attempts)
    ]]
    local output = support.run(("%s %s 2>&1"):format(os.getenv "CBR_LUA" or "lua5.4", script))
    assert.equal("no_memory\tunknown\t1\n", output)
    assert.equal(1, #sandbox.ledger())
  end)

  it("the search leaves the outcome unknown when the matching task names no backup", function()
    sandbox.quirks { records = false }
    lose_response("list_op_logs", "status", { status = 200, times = -1, body = ([[{"count":1,"operation_logs":[{
      "id":"c0ffee00-0000-4000-8000-000000000001","operation_type":"replication","status":"running",
      "created_at":"%s"}]}]]):format(os.date "!%Y-%m-%dT%H:%M:%S.999999") })
    lose_response "replicate"
    local _, err = client:replicate(support.replicate_params(), { timeout = 2 })
    assert.same({ "unknown", 1, 1 }, { err.outcome, err.attempts, #err.seen })
    assert.equal("c0ffee00-0000-4000-8000-000000000001", err.seen[1].operation_log_id)
  end)

  it("the search continues after a rejected read, as long as later reads succeed", function()
    local hasty = lost_orders.fixture { timeout = 4 }
    lose_response("sync", "slow_before", { seconds = 2.5 }) -- the client gives up after two seconds
    lose_response("list_op_logs", "status", { status = 404, code = "APIGW.0101" })
    assert.is_true(assert(hasty.client:sync(HYBRID)).reconciled)
    assert.same({ "found" }, hasty.verdicts)
    hasty.close()
  end)

  it("the search concludes only from two successful reads that an order was not accepted", function()
    lose_response("list_op_logs", "html_502", { times = 6 }) -- for more than one settle time
    lose_response("sync", "reset_before")
    assert(client:sync(HYBRID))
    assert.same({ "nothing" }, fixture.verdicts)
    assert.equal(8, support.count "list_op_logs")
  end)

  it("the error of a search names a failed read only if the last read failed", function()
    local hasty = lost_orders.fixture { timeout = 4, settle_time = 60 }
    lose_response("list_op_logs", "html_502")
    lose_response("sync", "reset_before")
    local _, err = hasty.client:sync(HYBRID)
    assert.same({ "unknown", "open" }, { err.outcome, hasty.verdicts[1] })
    assert.equal("check the vault's tasks before you order again", err.hint)
    hasty.close()
  end)
end)
