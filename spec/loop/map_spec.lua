-- Many calls at the same time in one thread.

local await = require "cbr.loop.await"
local cbr = require "cbr"
local core = require "cbr.core"
local event_loops = require "spec.helpers.event_loops"
local parked = require "cbr.loop.parked"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

describe("cbr.map", function()
  local client

  setup(function()
    sandbox.reset()
    client = support.client { endpoint = sandbox.plain }
  end)

  teardown(function()
    client:close()
  end)

  local function read_after(seconds)
    return client:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = seconds } }
  end

  it("cbr.map returns results in the order of the list, whatever the order of the responses", function()
    local results, errors = cbr.map({ 0.2, 0.1, 0 }, function(seconds, index)
      assert(read_after(seconds))
      return index * 10
    end)
    assert.same({ 10, 20, 30 }, results)
    assert.same({}, errors)
  end)

  it("cbr.map runs as many items at the same time as `concurrency` says", function()
    assert(read_after(0)) -- the key is accepted; otherwise the client would send one call alone first
    local function most_in_flight(concurrency)
      local most = 0
      cbr.map({ 0.2, 0.2, 0.2, 0.2 }, function(seconds)
        most = math.max(most, client.pool:in_flight() + 1) -- + 1 for the call below
        return read_after(seconds)
      end, { concurrency = concurrency })
      return most
    end
    assert.same({ 4, 2, 1 }, { most_in_flight(4), most_in_flight(2), most_in_flight(1) })
  end)

  it("cbr.map keeps the results of the other items when one item fails or raises", function()
    local results, errors = cbr.map({ "ok", "fails", "raises", "ok" }, function(item)
      local response = assert(read_after(0.01))
      if item == "raises" then
        error "raised"
      end
      return item == "ok" and response.method or nil, "failed"
    end)
    assert.equal("GET", results[1])
    assert.is_nil(results[2])
    assert.equal("failed", errors[2])
    assert.matches("raised", errors[3])
    assert.equal("GET", results[4])
  end)

  it("cbr.map works in an item of another map, with an empty list, and with functions that never wait", function()
    assert.same({ {}, {} }, { cbr.map({}, print) })
    assert.same({ 2, 4 }, (cbr.map({ 1, 2 }, function(n) return n * 2 end)))
    local results = cbr.map({ 1, 2 }, function()
      return (cbr.map({ 0.05, 0.05 }, function(seconds)
        return read_after(seconds).method
      end))
    end)
    assert.same({ { "GET", "GET" }, { "GET", "GET" } }, results)
  end)

  it("cbr.map never sends the request of a call that failed because Lua 5.1 cannot yield across a pcall", function()
    sandbox.reset()
    local one = support.single_attempt_client()
    local _, errors = cbr.map({ 1, 2 }, function()
      local ok, sync, err = pcall(one.sync, one, { vault_id = support.fixtures.vaults.hybrid.id })
      if not ok then
        return nil, sync
      end
      return sync, err
    end)
    local before = #sandbox.ledger()
    assert(read_after(0.05)) -- a call of another client drives all transfers in flight
    assert.equal(before, #sandbox.ledger())
    if before == 0 then -- Lua 5.1: both calls raised
      assert.equal(2, #errors)
      assert.matches("yield", tostring(errors[1]))
    else -- the second sync is rejected, since the first one is running
      assert.equal(1, before)
      assert.equal("busy", (errors[1] or errors[2]).kind)
    end
    local from = os.clock()
    assert(read_after(2))
    assert.is_true(os.clock() - from < 1) -- waiting uses hardly any CPU time
    one:close()
    sandbox.reset()
  end)

  it("cbr.map releases the closed clients of items that have ended", function()
    local pools, left = setmetatable({}, { __mode = "v" }), nil
    local items = support.list(40, true)
    cbr.map(items, function(_, index)
      local one = support.client { endpoint = sandbox.plain }
      pools[index] = one.pool
      assert(one:list_vault { limit = 1 })
      one:close()
      if index == #items then
        collectgarbage()
        collectgarbage()
        left = 0
        for _ in pairs(pools) do
          left = left + 1
        end
      end
    end, { concurrency = 2 })
    assert.is_true(left < 10, left)
  end)

  it("cbr.map continues with the other items when an item calls coroutine.yield", function()
    local steps = {}
    local results = cbr.map({ 1, 2 }, function(item)
      for step = 1, 2 do
        steps[#steps + 1] = item * 10 + step
        coroutine.yield "a value of the item's own"
      end
      return item
    end)
    assert.same({ 1, 2 }, results)
    assert.same({ 11, 21, 12, 22 }, steps)
  end)

  local close = rawget(coroutine, "close") -- Lua 5.4
  if close then
    it("if an item that runs another map is closed, cbr.map cancels the calls of the other map", function()
      local co, left
      collectgarbage "stop" -- it would cancel the calls, too
      finally(function() collectgarbage "restart" end)
      cbr.map({ "is closed", "closes" }, function(name)
        if name == "is closed" then
          co = coroutine.running()
          return cbr.map({ 1, 2 }, function() return read_after(30) end)
        end
        read_after(0.1)
        close(co)
        read_after(2.5) -- closed coroutines are searched for once a second
        left = client.pool:in_flight()
      end)
      assert.equal(0, left)
    end)

    it("cbr.map cancels the call of an item whose coroutine is closed, and ends that item", function()
      local co
      local results, errors = cbr.map({ 1, 2 }, function(item)
        if item == 1 then
          co = coroutine.running()
          return read_after(5)
        end
        close(co)
        return read_after(0.1).method
      end)
      assert.same({ nil, "GET" }, results)
      assert.matches("dead coroutine", errors[1])
      assert.equal(0, client.pool:in_flight())
    end)
  end

  it("cbr.map raises when its arguments are not valid", function()
    assert.is_false(pcall(cbr.map, nil, print))
    assert.is_false(pcall(cbr.map, {}, nil))
    assert.is_false(pcall(cbr.map, {}, print, { concurrency = 0 }))
    assert.is_false(pcall(cbr.map, {}, print, { parallel = 1 }))
  end)

  it("when an item of cbr.map closes a client, only the calls of that client end", function()
    local one = support.client { endpoint = sandbox.plain }
    local results, errors = cbr.map({ 1, 2, 3, 4 }, function(item)
      if item == 3 then
        one:close()
        return true
      elseif item == 4 then
        return read_after(0.2).method
      end
      return one:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = 1 } }
    end)
    assert.equal("network", errors[1].kind)
    assert.equal("network", errors[2].kind)
    assert.equal("GET", results[4])
  end)

  it("a map starts as many items as its concurrency allows, without waiting for those that sleep", function()
    local poll, started, waits = core.poll, 0, 0
    core.poll = function(fds, seconds)
      waits = waits + (started < 40 and seconds > 0 and 1 or 0)
      return poll(fds, seconds)
    end
    finally(function() core.poll = poll end)
    cbr.map(support.list(40, true), function()
      started = started + 1
      await.sleep(client, 0.1)
    end, { concurrency = 40 })
    assert.same({ 40, 0 }, { started, waits })
  end)

  it("a map in an item does not block the event loop before its own items have made calls", function()
    local loop = event_loops.on_select()
    local one = support.client { endpoint = sandbox.plain, loop = loop }
    local may_end, turns = false, 0
    loop.spawn(function()
      cbr.map({ "calls", "yields" }, function(item)
        if item == "calls" then
          return one:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = 0.1 } }
        end
        cbr.map({ 1 }, function()
          while not may_end and turns < 100000 do
            turns = turns + 1
            coroutine.yield()
          end
        end)
      end)
    end)
    loop.spawn(function()
      loop.park({}, 0.01)
      may_end = true
    end)
    loop.run()
    one:close()
    assert.is_true(turns < 100000, "the other coroutine of the loop did not run")
  end)

  it("a map whose coroutine is abandoned cancels the calls of its items", function()
    local function nothing() return true end
    local loop = { spawn = nothing, park = coroutine.yield, unpark = nothing, wait = nothing }
    local other = support.client { endpoint = sandbox.plain, loop = loop }
    local co = coroutine.create(function()
      return cbr.map({ 1, 2, 3 }, function()
        return other:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = 30 } }
      end)
    end)
    repeat
      assert(coroutine.resume(co))
    until other.pool:in_flight() == 3
    parked.cancel(co)
    assert.equal(0, other.pool:in_flight())
    other:close()
  end)
end)
