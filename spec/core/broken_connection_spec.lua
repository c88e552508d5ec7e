-- A transfer over an idle connection that breaks: whether libcurl sends the request again, and what the result says.

local core = require "cbr.core"
local raw_server = require "spec.helpers.raw_server"
local set_up = require "spec.helpers.set_up"
local socket = require "socket"
local support = require "spec.helpers.support"

describe("a transfer whose idle connection breaks", function()
  local server, pool

  set_up.for_each_test(function()
    server = raw_server.open()
    pool = core.pool { max_body = 1000, max_head = 1000, proxy = "", user_agent = "cbr-spec" }
    return pool, server
  end)

  it("a POST fails with a network error if its idle connection breaks and no new connection can be opened", function()
    local other = raw_server.open()
    local first, peer = raw_server.begin(pool, other)
    peer:send "HTTP/1.1 204 No Content\r\n\r\n"
    raw_server.finish(pool, first)
    other:close()
    local post = assert(pool:start { method = "POST", origin = other.origin, path = "/", timeout = 10 })
    raw_server.read_head(pool, peer)
    peer:close()
    local response = raw_server.finish(pool, post)
    assert.same({ "network", "sent" }, { response.result, response.reach })
  end)

  -- Makes a request over an idle TLS connection, which breaks when the request has arrived. libcurl then opens another
  -- connection. `serve` gets the server's end of that connection, and a function that forwards between this end and
  -- another TLS server until the transfer has ended. Returns the response.
  local function break_idle_tls(serve)
    local sandbox = support.sandbox
    local secure = core.pool { max_body = 1e6, max_head = 10000, proxy = "", ca_file = sandbox.ca }
    local request = { method = "GET", origin = server.origin:gsub("http:", "https:"), path = "/", timeout = 30 }

    local function accept()
      local peer = raw_server.step_until(secure, function()
        return server:accept()
      end)
      peer:settimeout(0)
      return peer
    end

    local function forward(peer, url, transfer)
      local upstream = assert(socket.connect(url:match "//(.-):(%d+)"))
      upstream:settimeout(0)
      raw_server.step_until(secure, function()
        for from, to in pairs { [peer] = upstream, [upstream] = peer } do
          local bytes, _, part = from:receive(65536)
          to:send(bytes or part)
        end
        return transfer:done()
      end)
      upstream:close()
    end

    local first, peer = assert(secure:start(request)), accept()
    forward(peer, sandbox.tls, first)
    assert.equal("ok", first:finish().result)
    local second = assert(secure:start(request))
    raw_server.step_until(secure, function()
      return select(3, peer:receive(65536)) ~= ""
    end)
    peer:close()
    local other = accept()
    serve(secure, other, function(url) forward(other, url, second) end)
    other:close()
    local response = raw_server.finish(secure, second)
    secure:close()
    return response
  end

  it("a transfer has a network error if its idle TLS connection breaks and the next handshake is cut off", function()
    local response = break_idle_tls(function(secure, peer)
      raw_server.step_until(secure, function()
        return select(3, peer:receive(65536)) ~= "" -- the server has received the ClientHello
      end)
    end)
    assert.same({ "network", "sent" }, { response.result, response.reach }, response.reason)
  end)

  it("a transfer has a tls error if its idle TLS connection breaks and the next server is not trusted", function()
    local response = break_idle_tls(function(_, _, forward)
      forward(support.sandbox.tls_unknown_ca)
    end)
    assert.same({ "tls", "sent" }, { response.result, response.reach }, response.reason)
    assert.matches("certificate", response.reason)
  end)

  -- Breaks the pool's idle connection after a request was written to it. Returns how often the server got that request,
  -- and the response.
  local function break_idle(method)
    local first, peer = raw_server.begin(pool, server)
    peer:send "HTTP/1.1 204 No Content\r\n\r\n"
    raw_server.finish(pool, first)
    local second = assert(pool:start { method = method, origin = server.origin, path = "/", timeout = 10 })
    raw_server.read_head(pool, peer)
    peer:close()
    local count, again = 1, nil
    raw_server.step_until(pool, function()
      again = again or server:accept()
      if again then
        again:settimeout(0)
        if again:receive() == "" then
          count = count + 1
          again:send "HTTP/1.1 204 No Content\r\n\r\n"
        end
      end
      return second:done()
    end)
    if again then
      again:close()
    end
    return count, second:finish()
  end

  it("a transfer sends a GET request again if its idle connection breaks", function()
    local count, response = break_idle "GET"
    assert.same({ 2, "ok" }, { count, response.result })
  end)

  it("a transfer does not send a POST request again if its idle connection breaks, and the reason says so", function()
    local count, response = break_idle "POST"
    assert.same({ 1, "network", "sent" }, { count, response.result, response.reach })
    assert.equal("the connection was closed before a response arrived, and the request is not sent a second time",
      response.reason)
  end)
end)
