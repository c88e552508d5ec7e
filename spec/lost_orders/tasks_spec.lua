-- The tasks of a vault, as evidence of a lost order.

local lost_orders = require "spec.helpers.lost_orders"
local support = require "spec.helpers.support"

local sandbox, lose_response = support.sandbox, support.lose_response
local HYBRID = lost_orders.HYBRID

describe("a lost order", function()
  local fixture, client

  lost_orders.for_each_test(function(made)
    fixture, client = made, made.client
  end)

  it("a lost order is found when its tasks appear late", function()
    lost_orders.assert_found_and_followed(fixture, { late_tasks = 5 })
  end)

  it("the search reads the tasks of the order's vault since shortly before the order was placed", function()
    lose_response "sync"
    assert(client:sync(HYBRID))
    local count = 0
    for _, request in ipairs(sandbox.requests()) do
      if request.operation == "list_op_logs" then
        count = count + 1
        assert.matches("vault_id=" .. HYBRID.vault_id, request.uri, 1, true)
        local year, month, day, hour, min, sec =
          request.uri:match "start_time=(%d+)-(%d+)-(%d+)T(%d+)%%3A(%d+)%%3A(%d+)Z"
        local since = os.time {
          year = year, month = month, day = day, hour = hour, min = min, sec = sec, isdst = false,
        }
        local now = os.time(os.date "!*t")
        assert.is_true(since < now and since > now - 3600, request.uri)
      end
    end
    assert.is_true(count > 0)
  end)

  it("a lost order is not placed again when responses lack the list of tasks", function()
    for _, fault in ipairs { "empty", "null_fields" } do
      sandbox.reset()
      lose_response "sync"
      lose_response("list_op_logs", fault, { times = 4 })
      assert.is_true(assert(client:sync(HYBRID)).reconciled)
      assert.equal(1, #sandbox.ledger())
    end
  end)

  -- Makes every list of tasks hold only one sync, which has just ended. Its time is a little late, because it would not
  -- count as the lost order if that order began later.
  local function show_task(policy, count)
    lose_response("list_op_logs", "status", {
      status = 200, times = -1,
      body = ([[{"count":%d,"operation_logs":[{"id":"c0ffee00-0000-4000-8000-000000000001","operation_type":"sync",
        "policy_id":%s,"status":"success","created_at":"%s","vault_id":"%s"}]}]]):format(
        count, policy, os.date("!%Y-%m-%dT%H:%M:%S.999999", os.time() + 5), HYBRID.vault_id),
    })
  end

  it("a lost order is not placed again when a list of tasks is shorter than its count", function()
    show_task('"c0ffee00-0000-4000-8000-000000000002"', 2)
    lose_response("sync", "reset_before")
    local _, err = client:sync(HYBRID, { timeout = 2 })
    assert.same({ "unknown", 1 }, { err.outcome, err.attempts })
  end)

  it("a lost order is not placed again when a list of tasks lacks its count", function()
    lose_response("list_op_logs", "status", { status = 200, times = -1, body = '{"operation_logs":[]}' })
    lose_response("sync", "reset_before")
    local _, err = client:sync(HYBRID, { timeout = 2 })
    assert.same({ "unknown", 1 }, { err.outcome, err.attempts })
  end)

  it("the search takes a matching task for the lost order if the task names no policy", function()
    show_task("null", 1)
    lose_response("sync", "reset_before")
    local sync = assert(client:sync(HYBRID))
    assert.is_true(sync.reconciled)
    assert.equal("c0ffee00-0000-4000-8000-000000000001", sync.operation_log_id)
    assert.equal(0, #sandbox.ledger())
  end)

  it("the search does not take a task of a policy for the lost order", function()
    show_task('"c0ffee00-0000-4000-8000-000000000002"', 1)
    lose_response("sync", "reset_before")
    assert.is_nil(assert(client:sync(HYBRID)).reconciled)
    assert.equal(1, #sandbox.ledger())
  end)

  for _, case in ipairs {
    { "a lost replication is found without the backup whose id is missing in a task", "{}", 2 },
    { "the search for a lost replication requests no backup by an id that is not a UUID", '"not_a_uuid"', 3 },
  } do
    local title, value, backups = case[1], case[2], case[3]

    it(title, function()
      sandbox.quirks { records = false } -- the search then asks for single backups, by the ids that tasks name
      local SOURCE = ".operation_logs.1.extra_info.replication.source_backup_id"
      lose_response("list_op_logs", "replaced_value", { at = 20, value = value, times = -1 })
      lose_response "replicate"
      local replication = assert(client:replicate(support.replicate_params()))
      local replaced = {}
      for _, request in ipairs(sandbox.requests()) do
        replaced[request.replaced or ""] = true
        assert.not_matches("not_a_uuid", request.uri)
      end
      assert.is_true(replaced[SOURCE])
      assert.equal(backups, #replication.backups)
      assert.equal(1, #sandbox.ledger())
    end)
  end
end)
