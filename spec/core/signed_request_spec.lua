-- A request as it is signed and sent: its headers, which headers the signature covers, and its host.

local core = require "cbr.core"
local raw_server = require "spec.helpers.raw_server"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"
local text = require "cbr.util.text"

local sandbox, fixtures = support.sandbox, support.fixtures

local DATE = "20240102T030405Z"
local KEYS = { access_key = "AK", secret_key = "SK", project_id = "P", domain_id = "D", security_token = "T" }

describe("core.is_signed_header", function()
  it("core.is_signed_header is true for host, content-type and every x-*, in any case", function()
    for _, name in ipairs { "host", "Host", "content-type", "CONTENT-Type", "x-a", "X-Sdk-Date", "x--" } do
      assert.is_true(core.is_signed_header(name), name)
    end
  end)

  it("core.is_signed_header is false for any other header", function()
    for _, name in ipairs { "", "x", "x-", "ax-b", "hos", "hosts", "Content-Length", "Accept", "User-Agent",
      "Authorization" } do
      assert.is_false(core.is_signed_header(name), name)
    end
  end)

  it("core.is_signed_header raises for a value that is not a string", function()
    assert.is_false(pcall(core.is_signed_header))
    assert.is_false(pcall(core.is_signed_header, 1))
  end)
end)

describe("a request", function()
  local server, pool

  set_up.for_each_test(function()
    server = raw_server.open()
    pool = core.pool { max_body = 1000, proxy = "" }
    return pool, server
  end)

  -- Sends a request. Returns its headers by name.
  local function sent(changes, ...)
    local transfer, peer, head = raw_server.begin(pool, server, changes, ...)
    local headers = {}
    for name, value in head:gmatch "\n([^:\n]+):[ \t]*([^\n]*)" do
      headers[name] = value
    end
    transfer:close()
    peer:close()
    return headers
  end

  local GIVEN = { ["X-One"] = "1", ["Content-Type"] = "text/plain", ["If-Match"] = "e" }

  local OF_CURL = { Accept = "*/*", ["Accept-Encoding"] = "identity" } -- headers that libcurl adds to every request

  local function with_curls(headers)
    return support.merge(headers, OF_CURL)
  end

  it("the core adds date, project, domain, security token and Authorization to a signed request", function()
    local headers = sent({ headers = GIVEN }, KEYS, DATE)
    assert.matches("^SDK%-HMAC%-SHA256 Access=AK, SignedHeaders=[%w;-]+, Signature=%x+$", headers.Authorization)
    headers.Authorization = nil
    assert.same(with_curls {
      Host = server.origin:match "//(.*)", ["X-Sdk-Date"] = DATE, ["X-Project-Id"] = "P", ["X-Domain-Id"] = "D",
      ["X-Security-Token"] = "T", ["X-One"] = "1", ["Content-Type"] = "text/plain", ["If-Match"] = "e",
    }, headers)
  end)

  it("the core adds no header but Host to an unsigned request", function()
    assert.same(with_curls { Host = server.origin:match "//(.*)", ["If-Match"] = "e" },
      sent { headers = { ["If-Match"] = "e" } })
  end)

  it("the core signs exactly the headers for which core.is_signed_header is true", function()
    local headers = sent({ headers = GIVEN }, KEYS, DATE)
    local expected = {}
    for name in pairs(headers) do
      if core.is_signed_header(name) then
        expected[#expected + 1] = text.lower(name)
      end
    end
    table.sort(expected)
    assert.equal(table.concat(expected, ";"), headers.Authorization:match "SignedHeaders=([^,]+)")
  end)

  it("the core sends the signature that core.sign computes for the same headers", function()
    local headers = sent({ headers = GIVEN }, KEYS, DATE)
    local signed = core.sign({
      method = "GET", host = server.origin:match "//(.*)", path = "/",
      headers = { ["X-One"] = "1", ["Content-Type"] = "text/plain" },
    }, KEYS, DATE)
    assert.equal(signed.authorization, headers.Authorization)
  end)

  it("the core sends an empty body with POST, PUT and PATCH if no body is given", function()
    for method, length in pairs { POST = "0", PUT = "0", PATCH = "0", GET = false, DELETE = false } do
      assert.equal(length or nil, sent({ method = method })["Content-Length"], method)
    end
  end)

  it("the core rejects a request that cannot be sent, and says why", function()
    for reason, bad in pairs {
      ["the method has a character that is not an upper-case letter"] = { method = "G T" },
      ["a header has a name or a value that cannot be sent"] = { headers = { A = "b\r\nC: d" } },
      ["date is not of the form YYYYMMDDThhmmssZ"] = { date = "now" },
      ["a header is given twice"] = { headers = { ["X-A"] = "1", ["x-a"] = "2" } },
    } do
      local request = { method = bad.method or "GET", origin = server.origin, path = "/", headers = bad.headers }
      assert.same({ nil, "bad_request", reason }, { pool:start(request, KEYS, bad.date or DATE) })
    end
    local unsigned = { method = "GET", origin = server.origin, path = "/", headers = { ["a b"] = "c" } }
    assert.equal("bad_request", (select(2, pool:start(unsigned))))
    assert.equal(0, pool:in_flight())
  end)

  it("the core raises for an origin that is not made of scheme, host and port", function()
    for _, origin in ipairs {
      "", "nonsense", "http:/h", "http://", "http:///", "http://:80", "http://h/x", "http://u@h", "http://h?",
      "http://h#", "http://h\\x",
    } do
      assert.has_error(function()
        pool:start { method = "GET", origin = origin, path = "/127.0.0.1/" }
      end, "field 'origin' must be scheme://host[:port]")
    end
    assert.equal(0, pool:in_flight())
  end)
end)

describe("an IPv6 address as endpoint", function()
  if not (support.run "cat /proc/net/if_inet6"):find "0+1 %d+ 80 " then
    pending "needs a machine with IPv6"
    return
  end

  for name, origin in pairs { TLS = "https://[::1]" .. sandbox.tls:match ":%d+$",
    ["plain HTTP"] = "http://[::1]" .. sandbox.plain:match ":%d+$" } do
    it("a client sends a request to an IPv6 address over " .. name, function()
      sandbox.reset()
      local client = support.single_attempt_client { endpoint = origin }
      assert(client:replicate(support.replicate_params()))
      assert(client:show_vault { vault_id = fixtures.vaults.server.id })
      assert.equal("cbr.client (" .. origin .. ")", tostring(client))
      assert.equal(1, support.connections())
      client:close()
    end)
  end

  it("a call fails with kind connect if nothing listens at an IPv6 address", function()
    local client = support.single_attempt_client { endpoint = "https://[::1]:1" }
    local _, err = client:replicate(support.replicate_params())
    assert.same({ "connect", "not_sent" }, { err.kind, err.outcome })
    client:close()
  end)
end)
