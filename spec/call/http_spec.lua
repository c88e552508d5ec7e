-- One signed request over real sockets: how it ends under the sandbox's faults.

local core = require "cbr.core"
local http = require "cbr.call.http"
local json = require "cbr.util.json"
local servers = require "spec.helpers.servers"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures
local clock = require "socket".gettime

local VAULTS = { method = "GET", path = "/v3/{project_id}/vaults" }
local PATIENT = { timeout = 20 * support.patience, connect_timeout = 20 * support.patience } -- for slow machines

local function expect(err, kind, outcome, retryable)
  assert.same({ kind, outcome, retryable }, { err.kind, err.outcome, err.retryable })
end

-- How long `act` takes, in seconds.
local function seconds(act)
  local from = clock()
  act()
  return clock() - from
end

describe("a request", function()
  local client

  set_up.for_all_tests(function()
    client = support.single_attempt_client(PATIENT)
    return client
  end)

  -- Calls `replicate` under a fault of the sandbox. Returns the error, and how many orders were accepted.
  local function play(fault, options)
    fault.call = "replicate"
    sandbox.fault(fault)
    local replication, err = client:replicate(support.replicate_params(), options)
    assert.is_nil(replication)
    assert.same({ "replicate", 1 }, { err.operation, err.attempts })
    return err, #sandbox.ledger()
  end

  it("the body of a response is decoded at most once, be it a success, an error or malformed", function()
    local error_body = '{"error_code":"BackupService.6105","error_msg":"m"}'
    local large = ('{"error_code":"X.1","error_msg":"%s"}'):format(("m"):rep(70000))
    local cases = {
      { 200, '{"vaults":[]}', 1 }, -- a success
      { 400, error_body, 1 },
      { 400, large, 0 },
      { 200, error_body, 1 },
      { 200, large, 1 },
      { 200, '{"vaults":[', 1 }, -- JSON that is cut
      { 200, "<html>", 1 },
      { 200, "", 0 },
      { 302, error_body, 0 },
    }
    local decode, count = json.decode, 0
    finally(function() json.decode = decode end)
    json.decode = function(...) -- luacheck: ignore 122
      count = count + 1
      return decode(...)
    end
    for _, case in ipairs(cases) do
      for _, method in ipairs { "list_vault", "request" } do
        sandbox.fault { fault = "raw",
          body = ("HTTP/1.1 %d No\r\nContent-Length: %d\r\n\r\n"):format(case[1], #case[2]) .. case[2] }
        count = 0
        client[method](client, method == "request" and VAULTS or {})
        assert.equal(case[3], count, ("%s: HTTP %d %s"):format(method, case[1], case[2]:sub(1, 60)))
        sandbox.clear_faults()
      end
    end
    sandbox.fault { fault = "raw", body = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}" }
    count = 0
    assert.equal("network", select(2, client:list_vault {}).kind)
    assert.equal(0, count) -- the transfer failed, so that the part of the body that arrived is not read
  end)

  it("a request is not sent when the connection is refused", function()
    local refused = support.single_attempt_client()
    sandbox.fault { fault = "refused" } -- the faults stay until they are cleared
    local _, err = refused:replicate(support.replicate_params())
    expect(err, "connect", "not_sent", true)
    sandbox.clear_faults()
    assert.equal(0, #sandbox.ledger())
    assert(refused:replicate(support.replicate_params()))
    refused:close()
  end)

  it("a request is not sent when the host name is unknown", function()
    local lost = support.single_attempt_client { endpoint = "https://no-such-host.invalid" }
    local _, err = lost:replicate(support.replicate_params())
    expect(err, "connect", "not_sent", true)
    lost:close()
  end)

  it("an order has an unknown outcome after a connection reset, whether it was accepted or not", function()
    local err, orders = play { fault = "reset_before" }
    expect(err, "network", "unknown", false)
    assert.equal(0, orders)
    err, orders = play { fault = "reset_after" }
    expect(err, "network", "unknown", false)
    assert.equal(1, orders)
  end)

  it("an order is sent only once when its reused connection breaks", function()
    -- libcurl would resend a request when a reused connection closes before the first byte of a response
    for _, fault in ipairs { "close_after", "reset_after" } do
      sandbox.reset()
      assert(client:request(VAULTS))
      local err, orders = play { fault = fault, times = -1 }
      expect(err, "network", "unknown", false)
      assert.equal(1, orders)
      assert.equal(1, support.count "replicate")
    end
  end)

  it("a read is sent again when its reused connection breaks", function()
    assert(client:request(VAULTS))
    sandbox.fault { call = "list_vault", fault = "close_before" }
    assert(client:request(VAULTS))
  end)

  it("a request ends at its deadline when the response is late", function()
    local err, orders
    assert(client:request(VAULTS)) -- opens the connection, so that the deadline leaves enough time to send the order
    local took = seconds(function()
      err, orders = play({ fault = "slow_headers", seconds = 10 }, { timeout = 1 })
    end)
    expect(err, "timeout", "unknown", false)
    assert.equal(1, orders)
    assert.is_true(took > 0.95 and took < 5, took)
  end)

  it("a request ends at its deadline when the response arrives byte by byte", function()
    assert(client:request(VAULTS))
    local err = play({ fault = "drip", interval = 0.1 }, { timeout = 1 })
    expect(err, "timeout", "unknown", false)
  end)

  it("a request whose TLS handshake hangs ends after the connect_timeout of the call, or else of the client", function()
    local listener = require "socket".bind("127.0.0.1", 0) -- the kernel accepts connections, but nobody responds
    local _, port = listener:getsockname()
    local silent = support.single_attempt_client { endpoint = "https://127.0.0.1:" .. port, connect_timeout = 0.2 }
    local function call(options)
      return seconds(function()
        local _, err = silent:replicate(support.replicate_params(), options)
        expect(err, "timeout", "not_sent", true)
      end)
    end
    assert.is_true(call() < 5)
    local took = call { connect_timeout = 0.6 }
    assert.is_true(took > 0.5 and took < 5, took)
    assert.is_true(call { timeout = 0.1, connect_timeout = 8 } < 5)
    silent:close()
    listener:close()
  end)

  it("a request is not sent when the peer closes the connection during the TLS handshake #process", function()
    for _, hang_up in ipairs { "", "peer:receive(1)" } do -- the server closes before or after the client's first bytes
      local peer = servers.peer(hang_up)
      local hung_up = support.single_attempt_client { endpoint = "https://127.0.0.1:" .. peer.port }
      local _, err = hung_up:replicate(support.replicate_params())
      expect(err, "connect", "not_sent", true) -- not "tls", which would mean an untrusted server
      hung_up:close()
      peer.stop()
    end
  end)

  it("a request ends at its deadline while it waits for a free connection", function()
    local narrow = support.single_attempt_client { endpoint = sandbox.plain, max_connections = 1 }
    local took = {}
    assert(narrow:request(VAULTS))
    require "cbr".map({ { 2, 20 }, { 0, 0.3 } }, function(item, index)
      took[index] = seconds(function()
        narrow:request({
          method = "GET", path = "/v3/{project_id}/echo", query = { delay = item[1] },
        }, { timeout = item[2] })
      end)
    end)
    assert.is_true(took[2] > 0.25 and took[2] < 1.9, took[2] .. " s")
    narrow:close()
  end)

  it("requests go through the client's proxy, except to hosts in no_proxy", function()
    local proxied = support.single_attempt_client { proxy = "http://127.0.0.1:1" }
    local _, err = proxied:replicate(support.replicate_params())
    expect(err, "connect", "not_sent", true)
    proxied:close()
    proxied = support.single_attempt_client { proxy = "http://127.0.0.1:1", no_proxy = "localhost" }
    assert(proxied:replicate(support.replicate_params()))
    proxied:close()
  end)

  it("a request is not sent if libcurl rejects the proxy's URL, and the error shows no password", function()
    local proxied = support.single_attempt_client { proxy = "http://user:password@[1::2::3]:1" }
    local _, err = proxied:sync { vault_id = fixtures.vaults.hybrid.id }
    expect(err, "config", "not_sent", false)
    assert.is_nil(tostring(err):find("password", 1, true))
    proxied:close()
  end)

  it("a truncated response causes an error of kind network", function()
    expect(play { fault = "truncated" }, "network", "unknown", false)
  end)

  it("a response body larger than max_response ends the request early", function()
    local limited = support.single_attempt_client { max_response = 100000 }
    sandbox.fault { call = "replicate", fault = "oversized" }
    local before = support.memory()
    local _, err = limited:replicate(support.replicate_params())
    expect(err, "protocol", "unknown", false)
    assert.matches("body is larger than max_response allows", err.message)
    assert.is_true(support.memory() - before < 8e6)
    limited:close()
  end)

  it("response headers larger than max_head cause an error", function()
    local err = play { fault = "endless_headers" }
    expect(err, "protocol", "unknown", false)
    assert.matches("headers are larger than max_head allows", err.message)
  end)

  it("a response that is not HTTP causes an error of kind protocol", function()
    expect(play { fault = "garbage" }, "protocol", "unknown", false)
  end)

  it("a redirect is not followed", function()
    for status, outcome in pairs { [301] = "rejected", [302] = "unknown", [307] = "rejected", [308] = "rejected" } do
      sandbox.reset()
      local err = play { fault = "redirect", status = status }
      expect(err, "protocol", outcome, false)
      assert.equal(status, err.status)
      assert.equal(1, #sandbox.requests())
    end
  end)

  it("a client's requests succeed after faults that ended its earlier requests", function()
    for _, fault in ipairs { "reset_after", "truncated", "garbage", "endless_headers", "html_502" } do
      play { fault = fault, after = false }
    end
    assert(client:replicate(support.replicate_params()))
    assert(client:sync { vault_id = fixtures.vaults.hybrid.id })
    assert.equal(2, #sandbox.ledger())
  end)

  it("a request that cannot start for lack of memory fails with kind no_memory", function()
    -- the core returns this when memory runs out
    local pool = { start = function() return nil, "no_memory", "not enough memory" end }
    local context = {
      client = { pool = pool, clock_offset = 0, connect_timeout = 1 }, attempt_deadline = core.monotonic() + 5,
      is_write = true,
    }
    local _, err = http.send(context, { method = "GET", origin = "https://localhost", path = "/", headers = {} })
    expect(err, "no_memory", "not_sent", false)
  end)

  it("a request that cannot start fails with kind timeout, network or config, depending on the reason", function()
    local function kind_of(pool, deadline, problems)
      local context = {
        client = { pool = pool, connect_timeout = 1, clock_offset = 0, proxy_problems = problems }, is_write = true,
        attempt_deadline = core.monotonic() + deadline,
      }
      local result, err = http.send(context, {
        method = "POST", origin = "https://127.0.0.1:9", path = "/", headers = {},
      })
      assert.is_nil(result)
      assert.equal("not_sent", err.outcome)
      assert.is_nil(context.response)
      return err.kind, err.message
    end
    local pool = core.pool { max_body = 1000, proxy = "" }
    assert.equal("timeout", (kind_of(pool, -1)))
    assert.equal("network", (kind_of(nil, 5)))
    assert.same({ "config", "no such proxy" }, { kind_of(pool, 5, { https = "no such proxy" }) })
    pool:close()
  end)

  it("an order that a proxy rejects with 407 is not accepted, and not sent to the next endpoint #process",
    function()
      local proxy = servers.peer [[
        repeat local line = peer:receive "*l" until line == "" or not line
        peer:send "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
      ]]
      local client_by_proxy = support.client {
        endpoint = { "http://one.invalid", "https://two.invalid" }, allow_http = true,
        proxy = "http://127.0.0.1:" .. proxy.port,
      }
      local _, err = client_by_proxy:sync { vault_id = fixtures.vaults.hybrid.id }
      client_by_proxy:close()
      proxy.stop()
      expect(err, "connect", "rejected", false)
      assert.same({ 407, 1 }, { err.status, err.attempts })
      assert.equal("the proxy requires credentials, or rejected those given", err.message)
      assert.equal("check the user and the password in the URL of the proxy", err.advice)
    end)
end)
