-- The schedule of examples/nginx, on two hosts with two workers each, which share one Redis. The sandbox's ledger shows
-- that no run of a slot places two orders.

local fleet = require "spec.helpers.nginx.fleet"
local schedule = require "spec.helpers.nginx.schedule"
local socket = require "socket"
local support = require "spec.helpers.support"

-- The example runs in nginx with LuaJIT, whatever Lua runs this spec: one run is enough.
if not rawget(_G, "jit") then
  return
end

local sandbox = support.sandbox

describe("examples/nginx: the schedule #process", function()
  local replicator, hosts

  schedule.for_all_tests(function(started)
    replicator, hosts = started, started.hosts
  end)

  it("the example finds and follows an order whose worker was killed before the response", function()
    -- A search cannot tell apart two orders of a backup that are less than two seconds apart.
    replicator:wait_until_quiet(2)
    sandbox.fault { fault = "slow_headers", seconds = 20, call = "copy_backup", times = 2 }
    local slot = schedule.next_slot()
    for name in pairs(replicator.vaults) do
      fleet.wait_until("the order of vault " .. name, function()
        return replicator:orders(name, slot * schedule.INTERVAL, math.huge) > 0
      end)
    end
    hosts:kill_workers(1)
    hosts:kill_workers(2)
    sandbox.clear_faults()
    for name in pairs(replicator.vaults) do
      assert.equal("done", replicator:wait_for_end(name, slot))
      assert.equal(1, replicator:slot(name, slot).count)
    end
  end)

  it("the example retries an order within its slot if the order was certainly not accepted", function()
    replicator:wait_until_idle()
    sandbox.fault { fault = "throttled", call = "copy_backup", times = 2 }
    local slot = schedule.next_slot()
    for _, name in ipairs { "first", "second" } do
      assert.equal("done", replicator:wait_for_end(name, slot))
      assert.equal(1, replicator:slot(name, slot).count)
    end
    assert.same({}, sandbox.faults())
  end)

  it("the example follows an order in progress after reloads, even if its vault was removed from the list", function()
    replicator:wait_until_idle()
    local slot = schedule.next_slot()
    sandbox.time_scale(0.001) -- the copy does not end before the end of the old workers, however long that takes
    local order = fleet.wait_until("an order of the slot", function()
      for _, entry in ipairs(sandbox.ledger()) do
        if entry.vault_id == replicator.vaults.first and entry.time >= slot * schedule.INTERVAL then
          return entry
        end
      end
    end)
    local old = hosts:workers(1)
    replicator:set_vaults { "second" }
    local function record()
      return replicator:slot("first", slot).record
    end
    fleet.wait_until("the end of the old workers", function()
      return select(2, support.run(("! kill -0 %s && ! kill -0 %s"):format(old[1], old[2])))
    end)
    assert.equal("in_progress", record().state)
    sandbox.time_scale(600)
    fleet.wait_until("the end of the run", function() return record().state == "done" end)
    assert.equal(order.made[1].backup_id, record().copies[1].backup_id)
    assert.equal(1, replicator:slot("first", slot).count)
    replicator:set_vaults { "first", "second" }
  end)

  -- This is the last test of orders, because a slot can end as unknown: if a worker was killed just before it sent an
  -- order, and the order of another slot is only seconds old, a search cannot tell whose order it is.
  it("each run of the example places at most one order while hosts reload and workers are killed", function()
    replicator:wait_until_idle()
    local from = schedule.slot_now()
    for i = 1, 4 do
      hosts:reload(i % 2 + 1)
      socket.sleep(0.7)
      hosts:kill_workers((i + 1) % 2 + 1)
      socket.sleep(1.1)
    end
    local to = schedule.slot_now()
    for name in pairs(replicator.vaults) do
      local runs, orders, previous_is_not_done = replicator:wait_for_runs(name, from, to), 0, false
      for _, run in ipairs(runs) do
        local state = run.record.state
        local description = ("%s, run of slot %d: %d orders, %s"):format(name, run.slot, run.count, state)
        assert.is_true(run.count <= 1, description)
        -- A run that is done has placed an order, or has followed the order of the run before, which was not done.
        assert.is_true(state ~= "done" or run.count == 1 or previous_is_not_done, description)
        previous_is_not_done = state ~= "done"
        orders = orders + run.count
      end
      assert.is_true(#runs >= 2)
      assert.equal(orders, replicator:orders(name, runs[1].record.ordered_at, runs[#runs].record.ended_at))
    end
  end)

  it("the example writes no secret and no unexpected error to its logs", function()
    replicator:assert_clean_logs()
  end)
end)
