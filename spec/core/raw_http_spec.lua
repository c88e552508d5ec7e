-- What fuzzing found in the core, each by a case of its own. The server is a socket of this process: what it says here
-- no real server does.

local core = require "cbr.core"
local socket = require "socket"

describe("the core", function()
  local listener, origin, pool

  setup(function()
    listener = assert(socket.bind("127.0.0.1", 0))
    listener:settimeout(10)
    local _, port = listener:getsockname()
    origin = "http://127.0.0.1:" .. port
  end)

  teardown(function()
    listener:close()
  end)

  before_each(function()
    pool = core.pool { max_body = 10000, max_head = 10000, proxy = "" }
  end)

  after_each(function()
    pool:close()
  end)

  -- A transfer that has ended, to which the server said `bytes` before it hung up.
  local function answered(bytes)
    local transfer = assert(pool:start { method = "GET", origin = origin, path = "/", timeout = 10 })
    local peer
    listener:settimeout(0)
    repeat
      pool:step(0.01)
      peer = peer or listener:accept()
    until peer
    peer:settimeout(0)
    repeat
      pool:step(0.01)
    until peer:receive() -- the request line
    peer:send(bytes)
    peer:close()
    repeat
      pool:step(0.01)
    until transfer:done()
    return transfer
  end

  it("takes a bare CR and a NUL in a header's value for spaces", function()
    local answer = answered("HTTP/1.1 200 OK\r\nX-Request-Id: a\rb\r\nContent-Length: 0\r\n\r\n"):finish()
    assert.equal("ok", answer.result)
    assert.equal("a b", answer.headers["x-request-id"])
  end)

  it("takes an interim status for no answer, and one of four figures", function()
    for _, head in ipairs { "HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\n\r\n", "HTTP/2 1000 \r\n\r\n" } do
      local answer = answered(head .. "more"):finish()
      assert.equal("protocol", answer.result)
      assert.equal("answered", answer.reach)
      assert.is_nil(answer.status)
      assert.matches("no final status", answer.reason)
    end
  end)

  it("takes nothing for an origin but a scheme and a host, nor NaN for seconds", function()
    for _, host in ipairs { "", "/", ":80", "h/x", "u@h", "h?", "h#", "h\\x" } do
      assert.has_error(function()
        pool:start { method = "GET", origin = "http://" .. host, path = "/127.0.0.1/" }
      end, "field 'origin' must be scheme://host[:port]")
    end
    for _, field in ipairs { "timeout", "connect_timeout" } do
      assert.has_error(function()
        pool:start { method = "GET", origin = origin, path = "/", [field] = 0 / 0 }
      end, ("field '%s' must be a number of seconds"):format(field))
    end
    assert.equal(0, pool:in_flight())
  end)

  -- Steps until there is something that fn returns.
  local function until_some(fn)
    local from = core.monotonic()
    local result
    repeat
      pool:step(0.01)
      result = fn()
      assert(result or core.monotonic() - from < 20, "nothing came")
    until result
    return result
  end

  -- Begins a request to a listener; -> the transfer, and the connection on which it came, to the end of its head
  local function begun(at, method)
    local _, port = at:getsockname()
    at:settimeout(0)
    local there = "http://127.0.0.1:" .. port
    local transfer = assert(pool:start { method = method, origin = there, path = "/", timeout = 30 })
    local peer = until_some(function()
      return at:accept()
    end)
    peer:settimeout(0)
    until_some(function()
      return peer:receive() == ""
    end)
    return transfer, peer
  end

  local NO_CONTENT = "HTTP/1.1 204 No Content\r\n\r\n"

  local function is_done(transfer)
    return until_some(function()
      return transfer:done()
    end)
  end

  it("calls it the network when a kept connection breaks under an order and no other is to be had", function()
    local other = assert(socket.bind("127.0.0.1", 0))
    local _, port = other:getsockname()
    local first, peer = begun(other, "GET")
    peer:send(NO_CONTENT)
    is_done(first)
    other:close()
    local order = assert(pool:start { method = "POST", origin = "http://127.0.0.1:" .. port, path = "/", timeout = 10 })
    until_some(function()
      return peer:receive() == ""
    end)
    peer:close()
    is_done(order)
    local answer = order:finish()
    assert.equal("network", answer.result)
    assert.equal("sent", answer.reach)
  end)

  it("takes no answer from before its request, however much else is ready", function()
    local first, kept = begun(listener, "GET")
    kept:send(NO_CONTENT)
    is_done(first)
    local crowd, transfers, peers = assert(socket.bind("127.0.0.1", 0, 128)), {}, {}
    for i = 1, 130 do
      transfers[i], peers[i] = begun(crowd, "GET")
    end
    for _, peer in ipairs(peers) do
      peer:send "HTTP/1.1 200 OK\r\n"
    end
    kept:send "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"
    socket.sleep(0.1)
    local order, peer = begun(listener, "POST") -- over another connection
    peer:send(NO_CONTENT)
    is_done(order)
    assert.equal(204, order:finish().status)
    for i = 1, #peers do
      transfers[i]:close()
      peers[i]:close()
    end
    kept:close()
    peer:close()
    crowd:close()
  end)

  it("takes sizes that are no counts for none, or for the most", function()
    for _, size in ipairs { 0 / 0, 1 / 0, -1 / 0, -1, 1e308, 0.5 } do
      local other = core.pool { max_body = size, max_head = size, max_connections = size }
      assert.equal(0, other:in_flight())
      other:close()
    end
  end)

  it("reads no more of a list than there is, whatever its length is said to be", function()
    local list = {}
    for i = 1, 1000 do
      list[i] = "v"
    end
    for power = 10, 59 do
      list[2 ^ power] = "v"
    end
    list[1025] = "v"
    local request = { method = "GET", host = "h", path = "/", query = { a = list } }
    local ok, result = pcall(core.sign, request, { access_key = "a", secret_key = "b" }, "20240102T030405Z")
    if ok then
      assert.equal(64, #result.signature)
    else
      assert.is_truthy(result:match "too many values" or result:match "not a nil")
    end
    assert.equal(#list <= 1000000, (pcall(core.poll, list, 0))) -- the Lua at hand says how long it is
  end)

  it("waits for one of several descriptors", function()
    local transfer = assert(pool:start { method = "GET", origin = origin, path = "/", timeout = 10 })
    pool:step(0)
    local fd = pool:fd()
    if not fd then
      transfer:close()
      assert(listener:accept()):close()
      return pending "no descriptor on this system"
    end
    local alarm = assert(core.alarm(fd))
    local from = core.monotonic()
    core.poll({ fd, alarm:fd() }, 0)
    alarm:set(0)
    core.poll({ alarm:fd() }, 60)
    assert.is_true(core.monotonic() - from < 60)
    alarm:close()
    transfer:close()
    assert(listener:accept()):close()
  end)

  it("finishes a transfer that a finalizer finishes in the meantime", function()
    -- an object that calls fn when it is collected
    local function finalized(fn)
      local newproxy = rawget(_G, "newproxy")
      if newproxy then
        getmetatable(newproxy(true)).__gc = fn
      else
        setmetatable({}, { __gc = fn })
      end
    end
    local body = ("x"):rep(5000)
    local head = "HTTP/1.1 200 OK\r\nDate: d\r\nX-Request-Id: r\r\nContent-Length: 5000\r\n\r\n"
    local nested = 0
    for count = 1, 12 do
      local transfer = answered(head .. body)
      collectgarbage()
      collectgarbage "stop"
      for _ = 1, count do
        finalized(function()
          nested = nested + (pcall(transfer.finish, transfer) and 1 or 0)
        end)
      end
      if _VERSION == "Lua 5.4" then collectgarbage("incremental", 1, 1000, 20) end
      collectgarbage "restart"
      local ok, answer = pcall(transfer.finish, transfer)
      if ok then
        assert.equal(body, answer.body)
        assert.equal("r", answer.headers["x-request-id"])
      else
        assert.matches("closed transfer", answer) -- a finalizer was there first
      end
    end
    if _VERSION == "Lua 5.4" then
      collectgarbage("incremental", 200, 100, 13)
      assert.is_true(nested > 0)
    end
  end)
end)
