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

  it("a host of the example keeps a response of the service until Redis is back", function()
    replicator:wait_until_idle()
    sandbox.fault { fault = "slow_headers", seconds = 1, call = "replicate", times = 1 }
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
    fleet.wait_until("the log entry of the host", function()
      return hosts:logs():find("is kept on this host until Redis is back", 1, true)
    end)
    sandbox.clear_faults()
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
    for host = 1, 2 do
      fleet.wait_until("the status of ordering again", function() return hosts:status(host).ordering end)
    end
  end)

  it("the example's hosts do not place the order of a slot again after Redis has lost all data", function()
    replicator:wait_until_idle()
    local slot = schedule.next_slot()
    for _, name in ipairs { "first", "second" } do
      replicator:wait_for_end(name, slot)
    end
    local function orders_in_slot()
      return replicator:orders("first", slot * schedule.INTERVAL, (slot + 1) * schedule.INTERVAL)
    end
    local before = orders_in_slot()
    hosts:redis "flushall"
    socket.sleep((slot + 1) * schedule.INTERVAL - socket.gettime())
    assert.equal(before, orders_in_slot())
    assert.equal("done", replicator:wait_for_end("first", slot + 1))
  end)

  it("the example's hosts show their status and order nothing while Redis cannot say how old its data is", function()
    replicator:wait_until_idle()
    local key = hosts:redis "keys *born":match "%S+"
    hosts:redis(("set %s lost"):format(key)) -- as if a host had written this key, but not yet read it again
    sandbox.clear_ledger()
    local slot = schedule.next_slot()
    socket.sleep(1)
    for host = 1, 2 do
      local status = hosts:status(host)
      assert.is_true(status.ordering)
      assert.is_true(status.vaults[1].next_slot_at >= (slot + 1) * schedule.INTERVAL)
    end
    assert.equal(0, #sandbox.ledger())
    hosts:redis("del " .. key)
    replicator:wait_for_order()
  end)

  it("the example's hosts write no secret and no unexpected error to their logs", function()
    replicator:assert_clean_logs()
  end)
end)
