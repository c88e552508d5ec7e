-- The schedule of examples/nginx, on two hosts with two workers each, which share one Redis. The sandbox's ledger shows
-- that no slot is ordered twice.

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

  setup(function()
    replicator = schedule.start()
    hosts = replicator.hosts
  end)

  teardown(function()
    replicator:stop()
  end)

  before_each(function()
    sandbox.clear_faults()
  end)

  it("the example places one order for each slot of its schedule while hosts reload and workers are killed", function()
    local from = schedule.slot_now() + 1
    fleet.wait_until("the first order", function() return #sandbox.ledger() > 0 end)
    for i = 1, 4 do
      hosts:reload(i % 2 + 1)
      socket.sleep(0.7)
      hosts:kill_workers((i + 1) % 2 + 1)
      socket.sleep(1.1)
    end
    local to = schedule.slot_now()
    for name, vault_id in pairs(replicator.vaults) do
      replicator:wait_for_end(name, to)
      local orders = 0
      for _, one in ipairs(hosts:slots(name, vault_id, schedule.INTERVAL, from, to)) do
        local state = one.record and one.record.state
        assert.is_true(one.count <= 1, ("%s, slot %d: %d times, %s"):format(name, one.slot, one.count, tostring(state)))
        orders = orders + one.count
      end
      assert.is_true(orders >= 2)
    end
  end)

  it("the example finds and follows an order whose worker was killed before the response", function()
    socket.sleep(0.5)
    sandbox.fault { fault = "slow_headers", seconds = 20, call = "copy_backup", times = 2 }
    sandbox.clear_ledger()
    local slot = schedule.next_slot()
    local _, name = replicator:wait_for_order()
    hosts:kill_workers(1)
    hosts:kill_workers(2)
    sandbox.clear_faults()
    local state = replicator:wait_for_end(name, slot)
    local record = hosts:redis(("get cbr:slot:%s:%d"):format(name, slot))
    assert.equal("done", state, record)
    assert.equal(1, replicator:slot(name, slot).count)
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
    local slot = schedule.next_slot()
    sandbox.time_scale(8)
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

  it("the example writes no secret and no unexpected error to its logs", function()
    replicator:assert_clean_logs()
  end)
end)
