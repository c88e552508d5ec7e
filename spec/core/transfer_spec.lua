-- One transfer: the bytes of its request, and how the core reads whatever a server sends.

local core = require "cbr.core"
local raw_server = require "spec.helpers.raw_server"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

describe("a transfer", function()
  local server, pool

  set_up.for_each_test(function()
    server = raw_server.open()
    pool = core.pool { max_body = 1000, max_head = 1000, proxy = "", user_agent = "cbr-spec" }
    return pool, server
  end)

  local function respond(bytes, changes)
    return raw_server.respond(pool, server, bytes, changes):finish()
  end

  it("a transfer adds Host, Content-Length, User-Agent, Accept and Accept-Encoding, but no other header", function()
    local transfer, peer, head = raw_server.begin(pool, server, {
      method = "POST", body = ("x"):rep(2000), headers = { ["X-Empty"] = "", ["X-One"] = " 1\t" },
    })
    local lines = {}
    for line in head:gmatch "[^\n]+" do
      lines[#lines + 1] = line
    end
    local expected = {
      "Accept-Encoding: identity", "Accept: */*", "Content-Length: 2000",
      "Host: " .. server.origin:match "//(.*)", "POST / HTTP/1.1", "User-Agent: cbr-spec", "X-Empty:", "X-One: 1",
    }
    table.sort(lines) -- both lists are sorted by the rules of the locale
    table.sort(expected)
    assert.same(expected, lines)
    transfer:close()
    peer:close()
  end)

  it("a transfer sends a body, and reports how many bytes it sent", function()
    local transfer, peer, head = raw_server.begin(pool, server, { method = "PUT", body = "a\0b" })
    assert.equal("a\0b", (peer:receive(3)))
    peer:send "HTTP/1.1 204 No Content\r\n\r\n"
    local response = raw_server.finish(pool, transfer)
    assert.equal(#(head:gsub("\n", "\r\n")) + 2 + 3, response.sent)
    peer:close()
  end)

  it("a transfer returns every field of a response", function()
    local head = "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\nRetry-After: 1\r\nX-Other: y\r\n\r\n"
    local response = respond(head .. "abc")
    assert.is_true(response.seconds > 0 and response.sent > 0)
    response.seconds, response.sent = nil, nil
    assert.same({
      result = "ok", reach = "responded", status = 404, headers = { ["retry-after"] = "1" }, body = "abc",
      reused = false,
    }, response)
  end)

  it("a transfer keeps the last of several headers with the same name, and ignores trailer fields", function()
    local response = respond("HTTP/1.1 200 OK\r\nX-Request-Id: 1\r\nX-Request-Id: 2\r\n"
      .. "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX-Request-Id: 3\r\n\r\n")
    assert.same({ "ok", "2", "ab" }, { response.result, response.headers["x-request-id"], response.body })
  end)

  it("a transfer replaces a CR within a header value by a space, or fails", function()
    local response = respond "HTTP/1.1 200 OK\r\nX-Request-Id: a\rb\r\nContent-Length: 0\r\n\r\n"
    if response.result == "ok" then
      assert.equal("a b", response.headers["x-request-id"])
    else -- this is what libcurl 8.21 and later do
      assert.same({ "protocol", "responded" }, { response.result, response.reach })
    end
  end)

  it("a transfer ignores an interim response and its headers", function()
    local response = respond("HTTP/1.1 103 Early Hints\r\nX-Request-Id: interim\r\n\r\n"
      .. "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    assert.same({ "ok", 200, {} }, { response.result, response.status, response.headers })
  end)

  it("a transfer reports no status if the only status is an interim one", function()
    local response = respond "HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\n\r\nmore"
    assert.same({ "protocol", "responded" }, { response.result, response.reach })
    assert.is_nil(response.status)
    assert.equal("the response has no final status", response.reason)
  end)

  it("a status line with another HTTP version, or without a status of three digits, is a protocol error", function()
    for _, line in ipairs {
      "HTTP/2 200", "HTTP/2 1000 ", "HTTP/2.1 500 No", "HTTP/3.7 500 No", "HTTP/1.2 200 OK", "HTTP/1.10 200 OK",
      "HTTP/9 200", "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 OK", "HTTP/1.1", "HTTP/x",
    } do
      local response = respond(line .. "\r\nContent-Length: 0\r\n\r\n")
      assert.equal("protocol", response.result, line)
      assert.is_nil(response.status, line)
      assert.matches("HTTP", response.reason)
    end
    for _, line in ipairs { "HTTP/1.0 200 OK", "HTTP/1.1 200", "HTTP/1.1 200 " } do
      local response = respond(line .. "\r\nContent-Length: 0\r\n\r\n")
      assert.same({ "ok", 200 }, { response.result, response.status }, line)
    end
  end)

  it("a response that is not HTTP is a protocol error", function()
    local bad_chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxy\r\n"
    for _, bytes in ipairs { "nonsense\r\n\r\n", "\22\3\1\0\0", bad_chunk } do
      local response = respond(bytes)
      assert.equal("protocol", response.result, bytes)
    end
  end)

  it("the loss of the connection before the response is complete is a network error", function()
    for bytes, reach in pairs {
      [""] = "sent", ["HTTP/1.1 200 OK\r\nDate: d"] = "responded", ["HTTP/1.1 200 OK\r\nDate: d\r\n"] = "responded",
      ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"] = "responded",
      ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"] = "responded",
    } do
      local response = respond(bytes, { method = "POST" })
      assert.same({ "network", reach }, { response.result, response.reach }, bytes)
    end
  end)

  it("a transfer accepts a body of exactly max_body bytes, and fails for a larger body", function()
    assert.equal(("x"):rep(1000), respond("HTTP/1.1 200 OK\r\n\r\n" .. ("x"):rep(1000)).body)
    local response = respond("HTTP/1.1 200 OK\r\n\r\n" .. ("x"):rep(1001))
    assert.same({ "too_large", "responded" }, { response.result, response.reach })
    assert.equal("the response body is larger than max_response allows", response.reason)
  end)

  -- Compresses a text with gzip.
  local function gzip(text)
    local name = support.file(text)
    local pipe = io.popen("gzip -9 -c " .. name, "r")
    local bytes = pipe:read "*a"
    pipe:close()
    os.remove(name)
    return bytes
  end

  local function encoded(status, encoding, bytes)
    return respond(("HTTP/1.1 %s\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n"):format(
      status, encoding, #bytes) .. bytes) -- in Lua 5.1, string.format cuts what follows a NUL
  end

  it("a transfer decodes a compressed body although the request did not accept compression", function()
    for _, encoding in ipairs { "gzip", "x-gzip", "GZIP" } do
      for _, status in ipairs { "200 OK", "400 No" } do
        local response = encoded(status, encoding, gzip "the body")
        assert.same({ "ok", "the body" }, { response.result, response.body })
      end
    end
    assert.equal("twice", encoded("200 OK", "gzip, gzip", gzip(gzip "twice")).body)
    assert.equal("plain", encoded("200 OK", "identity", "plain").body)
  end)

  -- RFC 9112 section 2.2 lets a client reject such a response, or ignore the line. libcurl 7 rejects it.
  it("a head that begins with a folded line breaks nothing if it follows a response", function()
    for _ = 1, 3 do
      local first = raw_server.respond(pool, server, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-A: b\r\n\r\ngood")
      assert.equal("ok", first:finish().result)
      local folded = raw_server.respond(pool, server, "HTTP/1.1 200 OK\r\n folded: line\r\nContent-Length: 0\r\n\r\n")
      local result = folded:finish().result
      assert.is_true(result == "protocol" or result == "ok", result)
    end
  end)

  it("max_body limits a compressed body by its size after decoding", function()
    assert.equal("ok", encoded("200 OK", "gzip", gzip(("x"):rep(1000))).result)
    for _, status in ipairs { "200 OK", "400 No" } do
      local response = encoded(status, "gzip", gzip(("x"):rep(1001)))
      assert.same({ "too_large", "the response body is larger than max_response allows" }, {
        response.result, response.reason,
      })
    end
  end)

  it("a body that cannot be decoded is a protocol error, or counts as empty after an error status", function()
    for encoding, bytes in pairs { gzip = "not compressed at all", ["no-such-encoding"] = "plain" } do
      assert.equal("protocol", encoded("200 OK", encoding, bytes).result)
      local response = encoded("429 No", encoding, bytes)
      assert.same({ "ok", 429, "" }, { response.result, response.status, response.body })
    end
    local damaged = gzip(("x"):rep(100)) .. "and more"
    assert.equal("protocol", encoded("200 OK", "gzip", damaged).result)
  end)

  it("a host name that cannot be resolved causes a connect error, whatever words the name contains", function()
    for _, name in ipairs { "chunked-encoding", "unsupported-proxy", "SYSCALL", "SSL_ERROR_SYSCALL" } do
      local origin = ("http://%s.invalid"):format(name)
      local response = raw_server.finish(pool, assert(pool:start { method = "GET", origin = origin, path = "/" }))
      assert.same({ "connect", "not_sent" }, { response.result, response.reach }, name)
    end
  end)

  it("a connection that ends during the TLS handshake is a connect error, and a TLS alert is a tls error", function()
    local origin = server.origin:gsub("^http:", "https:")
    for _, case in ipairs {
      { "connect" }, -- the server closes the connection
      { "connect", reset = true },
      { "tls", "\21\3\3\0\2\2\40" }, -- the TLS alert "handshake failure"
      { "tls", "HTTP/1.1 400 Bad Request\r\n\r\n" },
    } do
      local transfer = assert(pool:start { method = "GET", origin = origin, path = "/", timeout = 30 })
      local peer = raw_server.step_until(pool, function()
        return server:accept()
      end)
      peer:settimeout(0)
      raw_server.step_until(pool, function()
        return select(3, peer:receive(1e5)) ~= "" -- the server has received the ClientHello
      end)
      if case.reset then
        peer:setoption("linger", { on = true, timeout = 0 })
      end
      peer:send(case[2] or "")
      peer:close()
      local response = raw_server.finish(pool, transfer)
      assert.same({ case[1], "not_sent" }, { response.result, response.reach }, response.reason)
    end
  end)

  it("more than 300 KiB of headers are too large, whatever max_head allows", function()
    local other = core.pool { max_body = 1000, max_head = 1e6, proxy = "" }
    local head = "HTTP/1.1 200 OK\r\n" .. ("X: " .. ("x"):rep(90000) .. "\r\n"):rep(5) .. "\r\n"
    local response = raw_server.respond(other, server, head):finish()
    assert.same({ "too_large", "responded" }, { response.result, response.reach }, response.reason)
    other:close()
  end)

  it("a response with status 407 is reported as the rejection of a proxy", function()
    local response = respond "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"
    assert.same({ "proxy", 407, "the proxy requires credentials, or rejected those given" }, {
      response.result, response.status, response.reason,
    })
  end)

  it("a transfer does not start with a proxy URL that libcurl cannot use", function()
    for _, proxy in ipairs {
      "nonsense://127.0.0.1:1", "http://user:pass%0Aword@127.0.0.1:1", "http://127.0.0.1:port", "http://",
    } do
      local other = core.pool { max_body = 1000, proxy = proxy }
      local transfer, result, reason = other:start { method = "GET", origin = server.origin, path = "/" }
      assert.is_nil(transfer)
      assert.same({ "bad_url", "libcurl cannot use this URL or the proxy's URL" }, { result, reason }, proxy)
      other:close()
    end
    for _, proxy in ipairs { "127.0.0.1:1", "SOCKS5H://127.0.0.1:1", "http://u%40:p%2F@127.0.0.1:1" } do
      local other = core.pool { max_body = 1000, proxy = proxy }
      assert(other:start { method = "GET", origin = "http://127.0.0.1:1", path = "/", timeout = 1 }):close()
      other:close()
    end
  end)

  it("a transfer fails if the response headers exceed max_head", function()
    local response = respond("HTTP/1.1 200 OK\r\nX: " .. ("x"):rep(1000) .. "\r\n\r\n")
    assert.same({ "too_large", "the response headers are larger than max_head allows" }, {
      response.result, response.reason,
    })
  end)

  it("the field `reach` is 'not_sent' after a refused connection, and 'sent' after a late response", function()
    local nobody = raw_server.open()
    nobody:close()
    local refused = raw_server.finish(pool, assert(pool:start { method = "GET", origin = nobody.origin, path = "/" }))
    assert.same({ "connect", "not_sent", 0 }, { refused.result, refused.reach, refused.sent })
    local transfer, peer = raw_server.begin(pool, server, { timeout = 1 })
    local late = raw_server.finish(pool, transfer)
    assert.same({ "timeout", "sent" }, { late.result, late.reach })
    peer:close()
  end)
end)
