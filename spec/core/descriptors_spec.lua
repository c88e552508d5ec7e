-- The descriptors of a pool: how many are open, what happens when no descriptor is left, and which idle connections are
-- not used again.

local cbr = require "cbr"
local core = require "cbr.core"
local raw_server = require "spec.helpers.raw_server"
local set_up = require "spec.helpers.set_up"
local socket = require "socket"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

local NO_CONTENT = "HTTP/1.1 204 No Content\r\n\r\n"

describe("the descriptors of a client", function()
  local function show_vaults(client)
    assert(client:request { method = "GET", path = "/v3/{project_id}/vaults" })
  end

  it("a client opens no descriptor before its first request", function()
    local before = support.descriptors()
    local pool = core.pool { max_body = 1e6, proxy = "" }
    pool:step(0)
    assert.is_nil(pool:fd())
    assert.equal(before, support.descriptors())
    pool:close()
  end)

  it("a program that the process starts inherits no connection and no epoll descriptor", function()
    local function inherited()
      local list = support.run "ls -l /proc/self/fd"
      local _, epolls = list:gsub("eventpoll", "")
      local _, sockets = list:gsub("socket:", "")
      return epolls, sockets
    end
    local epolls_before, sockets_before = inherited()
    local clients = {}
    for i = 1, 4 do
      clients[i] = support.client()
      show_vaults(clients[i])
    end
    local epolls, sockets = inherited()
    assert.equal(epolls_before, epolls)
    assert.equal(sockets_before, sockets)
    for _, client in ipairs(clients) do
      client:close()
    end
  end)

  it("closing a client closes all its descriptors", function()
    local before = support.descriptors()
    local client = support.client()
    show_vaults(client)
    assert.is_true(support.descriptors() > before)
    client:close()
    assert.equal(before, support.descriptors())
  end)

  it("garbage collection of a client closes all its descriptors #descriptors", function()
    collectgarbage()
    collectgarbage()
    local before = support.descriptors()
    local function forget()
      for _ = 1, 20 do
        show_vaults(support.client())
      end
    end
    forget()
    collectgarbage()
    collectgarbage()
    -- A stale stack slot can keep the last of the twenty clients, and with it a connection and libcurl's pair of
    -- descriptors.
    assert.is_true(support.descriptors() <= before + 3)
  end)

  it("other transfers continue when a transfer times out while it connects #descriptors", function()
    for round = 1, 10 do
      local client = support.client {
        endpoint = round % 2 == 0 and sandbox.plain or (sandbox.plain:gsub("127.0.0.1", "localhost")), max_attempts = 1,
        credentials = { token = support.fixtures.tokens.home.value },
      }
      local _, errors = cbr.map(support.list(40, 0), function(_, i)
        return client:request({ method = "GET", path = "/v3/{project_id}/echo", query = { delay = 0.1 } },
          { timeout = i > 1 and 0.0005 + i % 12 / 1000 or nil })
      end, { concurrency = 40 })
      client:close()
      assert.is_nil(errors[1])
      for i = 2, 40 do
        assert.equal("timeout", errors[i].kind)
      end
    end
  end)
end)

describe("a connection that times out while it connects #process", function()
  -- libcurl 7.88 to 8.1 close the socket of such a connection without telling cbr.
  it("a file that another thread opens under the number of a connection that timed out is not touched", function()
    local shim = support.preloadable "taken_number"
    local script = support.file [[
      local cbr = require "cbr"
      local socket = require "socket"
      local full = assert(socket.bind("127.0.0.1", 0, 1)) -- once its queue is full, clients connect until they time out
      local port, queued = select(2, full:getsockname()), {}
      for i = 1, 4 do
        queued[i] = socket.tcp()
        queued[i]:settimeout(0)
        queued[i]:connect("127.0.0.1", port)
      end
      local client = assert(cbr.new { endpoint = "http://127.0.0.1:" .. port, proxy = "", max_attempts = 1,
        region = "cn-north-4" })
      local _, errors = cbr.map({ 0.3, 1 }, function(seconds)
        return client:request({ method = "GET", path = "/v3/{project_id}/vaults" }, { timeout = seconds })
      end)
      print(errors[1].kind, errors[2].kind)
      io.stdout:flush()
      os.exit(0)
    ]]
    local output = support.run(("LD_PRELOAD=%s %s %s"):format(shim, os.getenv "CBR_LUA" or "lua5.4", script))
    os.remove(script)
    os.remove(shim)
    assert.equal("timeout\ttimeout\nintact\n", output)
  end)
end)

describe("a process without free descriptors #process", function()
  local CODE = [[
    local cbr = require "cbr"
    local client = assert(cbr.new { proxy = "", timeout = 3 })
    local function sync(state)
      local replication, err = client:sync { vault_id = os.getenv "HYBRID_VAULT_ID" }
      print(state, replication and "ok" or err.kind, err and err.outcome)
    end
    WARM
    local files = {}
    while true do
      local file = io.open "/dev/null"
      if not file then
        break
      end
      files[#files + 1] = file
    end
    for _ = 1, KEPT do
      table.remove(files):close()
    end
    sync "full"
    for _, file in ipairs(files) do
      file:close()
    end
    sync "free"
    client:close()
  ]]

  -- Runs CODE with `kept` free descriptors, after the code `warm`. Returns the output.
  local function run(kept, warm)
    sandbox.reset()
    sandbox.time_scale(1) -- the first sync lasts until the second one, even on a slow machine
    local script = support.file((CODE:gsub("KEPT", tostring(kept)):gsub("WARM", warm or "")))
    local output = support.run(("ulimit -n 40; %s %s"):format(os.getenv "CBR_LUA" or "lua5.4", script))
    os.remove(script)
    return output
  end

  it("a call fails with kind connect without a free descriptor, and succeeds once some descriptors are free", function()
    local seen = {}
    for kept = 0, 4 do
      -- If a descriptor is left for the socket, but not for the certificates, libcurl reports the error "tls".
      local output = run(kept):gsub("^full\ttls", "full\tconnect")
      seen[output] = true
    end
    seen["full\tok\tnil\nfree\tbusy\trejected\n"] = nil -- in this case, the descriptors were enough
    assert.same({ ["full\tconnect\tnot_sent\nfree\tok\tnil\n"] = true }, seen)
  end)

  it("a call without a free descriptor does not wait for libcurl to end connections that the server closed", function()
    local output = run(0, [[
      cbr.load()
      local support = require "spec.helpers.support"
      for _ = 1, 3 do
        support.sandbox.fault { call = "list_vault", fault = "raw", bytes = 0, body =
          "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 13\r\n\r\n" .. '{"vaults":[]}' }
        assert(client:list_vault {})
      end
    ]])
    -- libcurl 8 ends a TLS connection over several steps, so descriptors may become free during the call: enough for
    -- the socket only (the error is then "tls"), or enough for the certificates too (the call then succeeds).
    output = output:gsub("^full\ttls", "full\tconnect")
    if output ~= "full\tok\tnil\nfree\tbusy\trejected\n" then
      assert.equal("full\tconnect\tnot_sent\nfree\tok\tnil\n", output)
    end
  end)

  it("a call over an open connection needs no free descriptor after cbr.load()", function()
    if support.has_old_gnutls then
      return pending "an order uses no open connection, see cbr_curl_notices_closed"
    end
    assert.equal("full\tok\tnil\nfree\tbusy\trejected\n", run(0, "cbr.load() assert(client:list_vault {})"))
  end)
end)

describe("an idle connection", function()
  local server, pool

  set_up.for_each_test(function()
    server = raw_server.open()
    pool = core.pool { max_body = 10000, proxy = "" }
    return pool, server
  end)

  it("a client uses an idle connection for the next request", function()
    local first, peer = raw_server.begin(pool, server)
    peer:send(NO_CONTENT)
    assert.is_false(raw_server.finish(pool, first).reused)
    local second = assert(pool:start { method = "POST", origin = server.origin, path = "/" })
    raw_server.read_head(pool, peer)
    peer:send(NO_CONTENT)
    assert.is_true(raw_server.finish(pool, second).reused)
    peer:close()
  end)

  it("a pool uses an idle connection again although each send(2) returns 20 ms late #process", function()
    if not support.can_trace() then
      return pending "needs strace"
    end
    local script = support.file(([[
      local pool = require "cbr.core".pool { max_body = 1e6, proxy = "" }
      for _ = 1, 10 do
        local transfer = assert(pool:start { method = "GET", origin = %q, path = "/", timeout = 60 })
        while pool:in_flight() > 0 do
          pool:step(10)
        end
        local response = transfer:finish()
        print(response.result, response.reused)
      end
    ]]):format(support.sandbox.plain))
    -- Each send(2) returns 20 ms late.
    local output = support.run(("strace -f -qq -e trace=sendto -e inject=sendto:delay_exit=20000 -o /dev/null %s %s")
      :format(os.getenv "CBR_LUA" or "lua5.4", script))
    os.remove(script)
    assert.equal("ok\tfalse\n" .. ("ok\ttrue\n"):rep(9), output)
  end)

  it("a client does not use an idle connection that the server closed", function()
    local first, peer = raw_server.begin(pool, server)
    peer:send(NO_CONTENT)
    raw_server.finish(pool, first)
    peer:close()
    socket.sleep(0.05)
    local second, other = raw_server.begin(pool, server, { method = "POST" })
    other:send(NO_CONTENT)
    local response = raw_server.finish(pool, second)
    assert.same({ "ok", false }, { response.result, response.reused })
    other:close()
  end)

  it("a client discards bytes from an idle connection, even if many connections are ready #descriptors", function()
    local first, idle = raw_server.begin(pool, server)
    idle:send(NO_CONTENT)
    raw_server.finish(pool, first)
    local crowd, transfers, peers = raw_server.open(128), {}, {}
    for i = 1, 130 do
      transfers[i], peers[i] = raw_server.begin(pool, crowd)
    end
    for _, peer in ipairs(peers) do
      peer:send "HTTP/1.1 200 OK\r\n"
    end
    idle:send "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"
    socket.sleep(0.1)
    local post, peer = raw_server.begin(pool, server, { method = "POST" })
    peer:send(NO_CONTENT)
    assert.equal(204, raw_server.finish(pool, post).status)
    for i = 1, #peers do
      transfers[i]:close()
      peers[i]:close()
    end
    idle:close()
    peer:close()
    crowd:close()
  end)
end)
