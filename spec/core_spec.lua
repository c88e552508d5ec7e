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
    if not fd then return pending "no descriptor on this system" end
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
