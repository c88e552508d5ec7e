-- The search for a lost order when the lists of the service change from read to read.

local entry = require "cbr.lost_orders.entry"
local lost_orders = require "spec.helpers.lost_orders"
local support = require "spec.helpers.support"

local sandbox, lose_response = support.sandbox, support.lose_response

describe("the search for a lost order in changing lists", function()
  local fixture, client, other

  lost_orders.for_each_test(function(made)
    fixture, client, other = made, made.client, made.other
  end)

  for what, status in pairs { ["fail"] = 403, ["show nothing more"] = 200 } do
    it("the search does not return the order of another call, even if the later reads " .. what, function()
      sandbox.quirks { late_records = 1e6 } -- the visible order has no records yet, so the search continues
      lose_response("replicate", "reset_before")
      local placed
      function fixture.on_event(event)
        if event.event ~= "attempt" then
          return
        elseif event.operation == "replicate" and not placed then
          placed = assert(other:replicate(support.replicate_params()))
        elseif event.path:find "/backups$" and not placed.has_shown then
          placed.has_shown = true
          lose_response("list_op_logs", "status", {
            status = status, code = "APIGW.0302", times = -1,
            body = status == 200 and '{"operation_logs":[],"count":0}' or nil,
          })
        elseif event.path:find "/operation%-logs$" and placed.has_shown and not placed.is_published then
          placed.is_published = true
          entry.open { -- as if another call of this client had placed this order and were ending now
            client = client, definition = { order_kind = "replication" }, params = support.replicate_params(),
          }:close(placed)
        end
      end
      local replication = client:replicate(support.replicate_params(), { max_attempts = 1 })
      assert.is_nil(replication)
      assert.is_true(placed.is_published)
      assert.equal(status == 200 and "nothing" or "unread", fixture.verdicts[1])
    end)
  end

  it("the search reads the lists more often if the tasks of an order appear one after another", function()
    sandbox.quirks { records = false }
    lose_response("replicate", "reset_before")
    local tasks = {}
    for i = 1, 3 do
      tasks[i] = ([[{"id":"c0ffee00-0000-4000-8000-00000000000%d","operation_type":"replication","status":"running",
        "created_at":"%s","extra_info":{"common":{"request_id":"r"},"replication":{
        "source_backup_id":"c0ffee00-0000-4000-9000-00000000000%d"}}}]]):format(i,
        os.date("!%Y-%m-%dT%H:%M:%S.999999", os.time() + 5), i) -- later than the order, even if that begins late
      lose_response("list_op_logs", "status", { -- sent to three searches, each of which reads two pages
        status = 200, times = i < 3 and 6 or -1,
        body = ('{"count":%d,"operation_logs":[%s]}'):format(i, table.concat(tasks, ",")),
      })
    end
    local replication = assert(client:replicate(support.replicate_params()))
    assert.is_true(replication.reconciled)
    assert.equal(3, #replication.backups)
    assert.equal(10, fixture.searches) -- three saw one task, three saw two tasks, and four saw all three
  end)

  -- Makes the first read of the tasks show a replication that later reads do not show.
  local function show_once(created_at)
    sandbox.quirks { records = false }
    lose_response("replicate", "reset_before")
    lose_response("list_op_logs", "status", { status = 200, times = 2, body = ([[{"count":1,"operation_logs":[{
      "id":"c0ffee00-0000-4000-8000-000000000001","operation_type":"replication","status":"running","created_at":"%s",
      "extra_info":{"replication":{"source_backup_id":"c0ffee00-0000-4000-9000-000000000001"}}}]}]]):format(
      os.date("!%Y-%m-%dT%H:%M:%S.999999", created_at)) })
  end

  it("an order that one read has found is not placed again when later reads find nothing", function()
    show_once(os.time() + 5) -- later than the order, even if that begins late
    assert.is_true(assert(client:replicate(support.replicate_params())).reconciled)
    assert.equal(1, support.count "replicate")
    sandbox.reset()
    show_once(os.time() - 10)
    local _, err = client:replicate(support.replicate_params())
    assert.same({ "unknown", 1 }, { err.outcome, #err.seen })
    assert.same({ "found", "doubtful" }, fixture.verdicts)
  end)
end)
