-- The connections of a pool: how many are opened, which ones are kept, and how many are begun in one step.

local core = require "cbr.core"
local raw_server = require "spec.helpers.raw_server"
local socket = require "socket"
local support = require "spec.helpers.support"

local NO_CONTENT = "HTTP/1.1 204 No Content\r\n\r\n"

describe("the connections of a pool #descriptors", function()
  local server, pool, peers

  before_each(function()
    server, peers = raw_server.open(512), {}
  end)

  after_each(function()
    pool:close()
    server:close()
    for _, peer in ipairs(peers) do
      peer:close()
    end
  end)

  local function open(changes)
    local options = { max_body = 1e6, proxy = "" }
    for name, value in pairs(changes or {}) do
      options[name] = value
    end
    pool = core.pool(options)
  end

  local function start()
    return assert(pool:start { method = "GET", origin = server.origin, path = "/", timeout = 120 })
  end

  -- Accepts all waiting connections. Returns how many connections the server has accepted so far.
  local function accept()
    for peer in function() return server:accept() end do
      peer:settimeout(0)
      peers[#peers + 1] = peer
    end
    return #peers
  end

  -- Makes `count` calls at once. The server responds when all of them have arrived.
  local function burst(count)
    local transfers, asking, heads = {}, {}, {}
    for i = 1, count do
      transfers[i] = start()
    end
    local arrived = 0
    raw_server.step_until(pool, function()
      accept()
      for _, peer in ipairs(peers) do
        local text, _, part = peer:receive(65536)
        heads[peer] = (heads[peer] or "") .. (text or part)
        if not asking[peer] and heads[peer]:find("\r\n\r\n", 1, true) then
          asking[peer], arrived = true, arrived + 1
        end
      end
      return arrived == count
    end)
    for peer in pairs(asking) do
      peer:send(NO_CONTENT)
    end
    raw_server.step_until(pool, function()
      return pool:in_flight() == 0
    end)
    for _, transfer in ipairs(transfers) do
      assert.equal("ok", transfer:finish().result)
    end
  end

  -- Returns how many connections the client has not closed.
  local function open_connections()
    local count = 0
    for _, peer in ipairs(peers) do
      count = count + (select(2, peer:receive(1)) == "timeout" and 1 or 0)
    end
    return count
  end

  for rounds, at_a_time in pairs { [10] = 64, [4] = 256 } do
    it(("%d bursts of %d calls open no more connections in a pool than one burst"):format(rounds, at_a_time), function()
      open()
      for _ = 1, rounds do
        burst(at_a_time)
      end
      assert.equal(at_a_time, accept())
      assert.equal(at_a_time, support.soon(at_a_time, open_connections))
    end)
  end

  it("when a call starts, a pool closes the connections that were unused for idle_seconds", function()
    open { idle_seconds = 1 }
    burst(256)
    assert.equal(256, open_connections())
    socket.sleep(2.5) -- longer than idle_seconds, since libcurl counts whole seconds
    burst(1)
    assert.equal(1, support.soon(1, open_connections))
    assert.equal(257, accept())
  end)

  it("a pool keeps connections that later calls use, and closes those that only a burst needed", function()
    open { idle_seconds = 3 }
    burst(64)
    for _ = 1, 10 do
      socket.sleep(0.5)
      burst(2)
    end
    assert.equal(2, support.soon(2, open_connections))
    assert.equal(64, accept())
  end)

  it("a pool opens at most four connections in one step", function()
    open()
    local transfers = {} -- a list of the transfers, so that they are not garbage-collected
    for i = 1, 32 do
      transfers[i] = start()
    end
    local before, opened, steps = support.descriptors(), 0, 0
    while opened < 32 do
      assert(pool:timeout() == 0, "there is more to do")
      pool:step(0)
      steps = steps + 1
      local now = support.descriptors() - before -- the server may accept a connection later than the pool opens it
      assert.is_true(now - opened <= 4, now - opened .. " in one step")
      opened = now
    end
    assert.is_true(steps >= 8 and steps <= #transfers)
    assert.equal(32, support.soon(32, accept))
  end)

  it("a pool starts any number of calls in one step over open connections", function()
    open()
    burst(32)
    local transfers = {}
    for i = 1, 32 do
      transfers[i] = start()
    end
    pool:step(0)
    assert.equal(32, pool:in_flight(), #transfers)
    local arrived = 0
    assert.equal(32, support.soon(32, function()
      for _, peer in ipairs(peers) do
        arrived = arrived + (select(3, peer:receive(65536)) ~= "" and 1 or 0)
      end
      return arrived
    end))
    assert.equal(32, accept())
  end)
end)
