-- Calls through real proxies: HTTP with CONNECT (tinyproxy), SOCKS5 (microsocks), HTTPS (stunnel before tinyproxy).

local core = require "cbr.core"
local raw_server = require "spec.helpers.raw_server"
local servers = require "spec.helpers.servers"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

local USER, PASSWORD = "proxyuser", "proxy-s3cret-word"

local function have(command)
  local _, ok = support.run("command -v " .. command)
  return ok
end

describe("a proxy #process", function()
  if not (have "tinyproxy" and have "microsocks" and have "stunnel4" and have "setpriv") then
    pending "needs tinyproxy, microsocks, stunnel4 and setpriv"
    return
  end

  local files, running, said

  local function tinyproxy(more)
    local port = servers.free_port()
    local conf = support.file(("Port %d\nListen 127.0.0.1\nTimeout 30\nMaxClients 20\nLogLevel Info\n%s\n"):format(
      port, more or ""))
    files[#files + 1] = conf
    running[#running + 1] = servers.start("tinyproxy -d -c " .. conf, port)
    return running[#running]
  end

  local function microsocks(more)
    local port = servers.free_port()
    running[#running + 1] = servers.start(("microsocks -i 127.0.0.1 -p %d %s"):format(port, more or ""), port)
    return running[#running]
  end

  local function stunnel(target)
    local port = servers.free_port()
    local conf = support.file(([[
      foreground = yes
      pid =
      cert = %s/localhost.pem
      key = %s/server.key
      [proxy]
      accept = 127.0.0.1:%d
      connect = 127.0.0.1:%d
    ]]):format(sandbox.dir, sandbox.dir, port, target))
    files[#files + 1] = conf
    running[#running + 1] = servers.start("stunnel4 " .. conf, port)
    return running[#running]
  end

  local function peer(code)
    running[#running + 1] = servers.peer(code)
    return running[#running]
  end

  local function url(scheme, port, credentials)
    return ("%s://%s%s:%d"):format(scheme, credentials or "", scheme == "https" and "localhost" or "127.0.0.1", port)
  end

  local MINE = ("%s:%s@"):format(USER, PASSWORD)

  before_each(function()
    sandbox.reset()
    files, running, said = {}, {}, {}
  end)

  after_each(function()
    for _, server in ipairs(running) do
      server.stop()
    end
    for _, name in ipairs(files) do
      os.remove(name)
    end
    -- no message, log entry or output contains the credentials of the proxy
    local all = table.concat(said, "\n")
    assert.is_nil(all:find(PASSWORD, 1, true), all)
    assert.is_nil(all:find("cHJveHl1c2Vy", 1, true), all) -- base64 of the user name, as Basic authentication sends it
  end)

  local function say(value)
    if type(value) == "table" then
      for name, field in pairs(value) do
        said[#said + 1] = tostring(name)
        say(field)
      end
    end
    said[#said + 1] = tostring(value)
  end

  -- Places an order through a proxy. Returns the replication, or nil, err.
  local function order(proxy, changes, call)
    changes = changes or {}
    changes.proxy, changes.log = proxy, say
    local client = support.single_attempt_client(changes)
    local replication, err = client:replicate(support.replicate_params(), call)
    say(err)
    say(client)
    client:close()
    return replication, err
  end

  local function expect_not_sent(err, kind)
    assert.same({ kind or "connect", "not_sent" }, { err.kind, err.outcome }, tostring(err))
    assert.equal(0, #sandbox.ledger())
  end

  it("a proxy sees neither the path nor the project id of a TLS call", function()
    local proxy = tinyproxy()
    assert(order(url("http", proxy.port)))
    assert.equal(1, #sandbox.ledger())
    local output = proxy.output()
    local host = sandbox.tls:match "//(.*)"
    assert.is_truthy(output:find("CONNECT " .. host, 1, true), output)
    assert.is_nil(output:find "replicate", output)
    assert.is_nil(output:find(fixtures.projects.home.id, 1, true))
  end)

  it("a call tells a proxy only the host and port of the service, and the proxy's credentials", function()
    local proxy = peer [[
      repeat
        local line = peer:receive "*l"
        print(line)
      until not line or line == ""
      peer:send "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"
    ]]
    local _, err = order(url("http", proxy.port, MINE))
    expect_not_sent(err)
    local host = sandbox.tls:match "//(.*)"
    local lines = {}
    -- The line "nil" comes from the check that the proxy listens.
    for line in proxy.output():gsub("nil\n", ""):gmatch "([^\r\n]+)\r?\n" do
      lines[#lines + 1] = line:gsub("Basic .*", "Basic")
    end
    table.sort(lines)
    assert.same({
      ("CONNECT %s HTTP/1.1"):format(host), "Host: " .. host, "Proxy-Authorization: Basic",
      "Proxy-Connection: Keep-Alive",
    }, lines)
  end)

  it("the headers of a proxy are not headers of the service's response, and do not count towards max_head", function()
    local proxy = peer(([[
      repeat local line = peer:receive "*l" until line == "" or not line
      local socket = require "socket"
      local service = assert(socket.connect("127.0.0.1", %d))
      peer:send(("HTTP/1.1 200 OK\r\nX-Request-Id: of-the-proxy\r\nX-Long: %%s\r\n\r\n"):format(("a"):rep(2000)))
      peer:settimeout(0)
      service:settimeout(0)
      local is_open = true
      while is_open do
        for _, from in ipairs((socket.select({ peer, service }, nil, 5))) do
          local text, reason, part = from:receive(65536)
          local to = from == peer and service or peer
          to:settimeout(5)
          to:send(text or part)
          to:settimeout(0)
          is_open = is_open and reason ~= "closed"
        end
      end
      service:close()
    ]]):format(sandbox.tls:match "%d+$"))
    local pool = core.pool {
      max_body = 1e6, max_head = 1500, proxy = url("http", proxy.port), no_proxy = "", ca_file = sandbox.ca,
    }
    local transfer = assert(pool:start { method = "GET", origin = sandbox.tls, path = "/", timeout = 20 })
    local response = raw_server.finish(pool, transfer)
    pool:close()
    assert.equal("ok", response.result, response.reason)
    assert.equal(300, response.status) -- of the sandbox, whose root lists the versions of the API; the proxy's was 200
    assert.are_not.equal("of-the-proxy", response.headers["x-request-id"])
  end)

  it("later calls reuse a connection through a proxy", function()
    local proxy = tinyproxy()
    local client = support.single_attempt_client { proxy = url("http", proxy.port) }
    for _ = 1, 5 do
      assert(client:show_vault { vault_id = fixtures.vaults.server.id })
    end
    client:close()
    assert.equal(1, select(2, proxy.output():gsub("Request %b(): CONNECT", "")))
  end)

  for _, case in ipairs {
    { "HTTP", "http", function() return tinyproxy(("BasicAuth %s %s"):format(USER, PASSWORD)) end },
    { "SOCKS5", "socks5", function() return microsocks(("-u %s -P %s"):format(USER, PASSWORD)) end },
    { "SOCKS5h", "socks5h", function() return microsocks(("-u %s -P %s"):format(USER, PASSWORD)) end },
    { "HTTPS", "https", function()
      return stunnel(tinyproxy(("BasicAuth %s %s"):format(USER, PASSWORD)).port)
    end },
  } do
    it("a call uses the credentials in the proxy's URL for a proxy of type " .. case[1], function()
      if case[1] == "HTTPS" and support.has_old_gnutls then
        return pending "HTTPS proxies do not work with libcurl 7 with GnuTLS"
      end
      local proxy = case[3]()
      assert(order(url(case[2], proxy.port, MINE)))
      assert.equal(1, #sandbox.ledger())
    end)

    it("an error says that credentials are wrong or missing for a proxy of type " .. case[1], function()
      local proxy = case[3]()
      for _, credentials in ipairs { ("%s:%sx@"):format(USER, PASSWORD), "" } do
        local _, err = order(url(case[2], proxy.port, credentials))
        expect_not_sent(err)
        assert.equal("the proxy requires credentials, or rejected those given", err.message)
      end
    end)
  end

  it("a call uses a SOCKS5 proxy without credentials", function()
    assert(order(url("socks5", microsocks().port)))
  end)

  it("a call verifies the certificate of an HTTPS proxy as it verifies the service's certificate", function()
    if support.has_old_gnutls then
      return pending "HTTPS proxies do not work with libcurl 7 with GnuTLS"
    end
    local proxy = stunnel(tinyproxy().port)
    assert(order(url("https", proxy.port)))
    local _, err = order(url("https", proxy.port), { ca_file = "/etc/ssl/certs/ca-certificates.crt" })
    assert.same({ "tls", "not_sent" }, { err.kind, err.outcome })
    assert.equal(1, #sandbox.ledger())
  end)

  it("a call has the outcome not_sent if the proxy is down", function()
    for _, scheme in ipairs { "http", "https", "socks5", "socks5h" } do
      local _, err = order(url(scheme, servers.free_port(), MINE))
      expect_not_sent(err)
    end
    local _, err = order "http://no-such-proxy.invalid:3128"
    expect_not_sent(err)
    assert.matches("proxy", err.message)
  end)

  for name, code in pairs {
    ["closes the connection at once"] = "",
    ["closes the connection after the first line"] = [[peer:receive "*l"]],
    ["closes the connection during its response"] = [[peer:receive "*l" peer:send "HTTP/1.1 200 O"]],
    ["closes the connection during the TLS handshake"] = [[
      repeat local line = peer:receive "*l" until line == "" or not line
      peer:send "HTTP/1.1 200 OK\r\n\r\n"
    ]],
    ["responds with 502"] = [[
      repeat local line = peer:receive "*l" until line == "" or not line
      peer:send "HTTP/1.1 502 Bad\r\nContent-Length: 5\r\n\r\n12345"
    ]],
    ["responds with a redirect"] = [[
      repeat local line = peer:receive "*l" until line == "" or not line
      peer:send "HTTP/1.1 302 Go\r\nLocation: https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"
    ]],
    ["responds with endless headers"] = [[
      repeat local line = peer:receive "*l" until line == "" or not line
      peer:send "HTTP/1.1 200 OK\r\n"
      while peer:send(("X-A: %s\r\n"):format(("a"):rep(1000))) do end
    ]],
    ["does not respond in HTTP"] = [[
      repeat local line = peer:receive "*l" until line == "" or not line
      peer:send "\22\3\1 nonsense\r\n\r\n"
    ]],
  } do
    it("a call has the outcome not_sent if the proxy " .. name, function()
      local proxy = peer(code)
      local _, err = order(url("http", proxy.port, MINE), nil, { timeout = 30 })
      assert.equal("not_sent", err.outcome, tostring(err))
      assert.is_true(err.kind == "connect" or err.kind == "protocol", tostring(err))
      assert.equal(0, #sandbox.ledger())
    end)
  end

  it("a call ends at its deadline if the proxy sends nothing", function()
    local proxy = peer "peer:receive(1e9)"
    for _, scheme in ipairs { "http", "socks5", "https" } do
      local _, err = order(url(scheme, proxy.port), nil, { timeout = 0.3 })
      expect_not_sent(err, "timeout")
      proxy.stop()
      proxy = peer "peer:receive(1e9)"
    end
  end)

  it("a call has an unknown outcome if the proxy dies during the call", function()
    local proxy = tinyproxy()
    sandbox.fault { call = "replicate", fault = "slow_headers", seconds = 20 }
    local replication, err
    require "cbr".map({ "order", "kill" }, function(item)
      if item == "order" then
        replication, err = order(url("http", proxy.port))
        return
      end
      repeat coroutine.yield() until replication or err or support.count "replicate" == 1
      proxy.kill()
    end)
    assert.same({ "network", "unknown" }, { err.kind, err.outcome }, tostring(err))
    assert.equal(1, #sandbox.ledger())
  end)

  -- Places an order in a process with these variables in its environment. Returns "ok", or the kind of its error.
  local function by_environment(variables, endpoint)
    local script = support.file [[
      local cbr = require "cbr"
      local client = assert(cbr.new { endpoint = os.getenv "ENDPOINT", allow_http = true, timeout = 30,
        retry_pause = 0.01 })
      local replication, err = client:sync { vault_id = os.getenv "HYBRID_VAULT_ID" }
      print(replication and "ok" or err.kind .. " " .. err.outcome, err)
    ]]
    local output = support.run(("env -u http_proxy -u https_proxy -u HTTPS_PROXY -u HTTP_PROXY -u all_proxy "
      .. "-u ALL_PROXY -u no_proxy -u NO_PROXY ENDPOINT=%s %s %s %s"):format(
      endpoint or sandbox.tls, variables, os.getenv "CBR_LUA" or "lua5.4", script))
    os.remove(script)
    said[#said + 1] = output
    sandbox.reset()
    return output:match "^%S+"
  end

  it("a client uses https_proxy, http_proxy, all_proxy and no_proxy from the environment", function()
    local proxy = tinyproxy(("BasicAuth %s %s"):format(USER, PASSWORD))
    local good, bad = url("http", proxy.port, MINE), url("http", proxy.port, "proxyuser:" .. PASSWORD .. "x@")
    local nobody = url("http", servers.free_port(), MINE)
    local seen = 0
    local function connects()
      local before = seen
      seen = select(2, proxy.output():gsub("Request %b(): %u+ ", ""))
      return seen - before
    end
    for _, name in ipairs { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" } do
      assert.equal("ok", by_environment(name .. "=" .. good), name)
      assert.equal(1, connects(), name)
      assert.equal("connect", by_environment(name .. "=" .. bad), name)
      connects()
      assert.equal("connect", by_environment(name .. "=" .. nobody), name)
    end
    assert.equal("ok", by_environment("http_proxy=" .. nobody)) -- http_proxy is not used for an https URL
    assert.equal("ok", by_environment("http_proxy=" .. good, sandbox.plain))
    assert.equal(1, connects())
    -- Under CGI, HTTP_PROXY holds the client's header Proxy.
    assert.equal("ok", by_environment("HTTP_PROXY=" .. nobody, sandbox.plain))
    for _, name in ipairs { "no_proxy", "NO_PROXY" } do
      for _, value in ipairs { "localhost", "'*'", "example.org,localhost" } do
        assert.equal("ok", by_environment(("https_proxy=%s %s=%s"):format(nobody, name, value)))
      end
      assert.equal("connect", by_environment(("https_proxy=%s %s=example.org"):format(nobody, name)))
    end
    assert.equal(0, connects())
  end)
end)
