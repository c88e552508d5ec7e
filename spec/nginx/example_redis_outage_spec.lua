-- examples/nginx while its Redis is stopped, or has lost its data: no order is placed twice, and no order is forgotten.

local fleet = require "spec.helpers.nginx.fleet"
local json = require "cbr.util.json"
local schedule = require "spec.helpers.nginx.schedule"
local socket = require "socket"
local support = require "spec.helpers.support"

-- The example runs in nginx with LuaJIT, whatever Lua runs this spec: one run is enough.
if not rawget(_G, "jit") then
  return
end

local sandbox, fixtures = support.sandbox, support.fixtures

describe("examples/nginx: without Redis #process", function()
  local replicator, hosts

  schedule.for_all_tests(function(started)
    replicator, hosts = started, started.hosts
    fleet.wait_until("the first order", function() return #sandbox.ledger() > 0 end)
  end)

  -- Waits until both hosts show that they order nothing, or that they order again.
  local function wait_for_ordering(is_ordering)
    for host = 1, 2 do
      fleet.wait_until("the status of host " .. host, function() return hosts:status(host).ordering == is_ordering end)
    end
  end

  it("a host of the example keeps a response of the service until Redis is back", function()
    replicator:wait_until_idle()
    sandbox.fault { fault = "held", call = "replicate" }
    local function orders()
      local count = 0
      for _, order in ipairs(sandbox.ledger()) do
        count = count + (order.operation == "replicate" and 1 or 0)
      end
      return count
    end
    local id = json.decode((hosts:ask(1, "/replicate", { body = json.encode(support.replicate_params()) }))).id
    fleet.wait_until("the order", function() return orders() > 0 end)
    hosts:stop_redis()
    sandbox.clear_faults()
    fleet.wait_until("the log entry of the host", function()
      return hosts:logs():find("is kept on this host until Redis is back", 1, true)
    end)
    hosts:start_redis()
    fleet.wait_until("the end of the job", function()
      local body, code = hosts:ask(1, "/jobs/" .. id)
      return code == 200 and json.decode(body).state == "done"
    end)
    assert.equal(1, orders())
  end)

  it("the example's hosts order nothing without Redis and report why, and order again once Redis is back", function()
    replicator:wait_until_idle()
    hosts:stop_redis()
    wait_for_ordering(false)
    socket.sleep(2) -- the timeout of a call: an order that was noted before Redis stopped has been sent by now
    local before = #sandbox.ledger()
    schedule.next_slot()
    socket.sleep(1)
    for host = 1, 2 do
      local status = hosts:status(host)
      assert.is_false(status.ordering)
      assert.matches("nothing is ordered: Redis at 127.0.0.1:%d+ cannot be reached", status.why_not)
      assert.equal(2, #status.vaults)
      assert.matches("\ncbr_redis_up 0\n", (hosts:ask(host, "/metrics")))
    end
    local body, code = hosts:ask(1, "/sync", { body = json.encode { vault_id = fixtures.vaults.hybrid.id } })
    assert.equal(503, code)
    assert.matches("nothing is ordered", body)
    assert.equal(before, #sandbox.ledger())
    hosts:start_redis()
    fleet.wait_until("another order", function() return #sandbox.ledger() > before end)
    wait_for_ordering(true)
  end)

  it("the example's hosts do not place the order of a slot again after Redis has lost all data", function()
    replicator:wait_until_idle()
    local slot = schedule.next_slot()
    for name in pairs(replicator.vaults) do
      replicator:wait_for_end(name, slot)
    end
    local from = socket.gettime()
    hosts:redis "flushall"
    for name in pairs(replicator.vaults) do
      local run = fleet.wait_until("a run in a later slot", function()
        return replicator:wait_for_runs(name, slot + 1, schedule.slot_now())[1]
      end)
      -- On a slow machine, other slots may have begun before the loss.
      local others = replicator:orders(name, from, run.record.ordered_at)
      assert.is_true(others < run.slot - slot, ("vault '%s' has %d other orders"):format(name, others))
      assert.equal("done", run.record.state)
    end
  end)

  it("the example's hosts show their status and order nothing while Redis cannot say how old its data is", function()
    hosts:redis "set cbr:born lost" -- as if a host had written this key, but not yet read it again
    fleet.wait_until("the ends of all runs", function() return hosts:redis "keys cbr:open:*" == "" end)
    sandbox.clear_ledger()
    local slot = schedule.next_slot()
    socket.sleep(1)
    for host = 1, 2 do
      fleet.wait_until("the present slot", function()
        return hosts:status(host).vaults[1].next_slot_at >= (slot + 1) * schedule.INTERVAL
      end)
      assert.is_true(hosts:status(host).ordering)
    end
    assert.equal(0, #sandbox.ledger())
    hosts:redis "del cbr:born"
    replicator:wait_for_order()
  end)

  it("the example's hosts write no secret and no unexpected error to their logs", function()
    replicator:assert_clean_logs()
  end)
end)
