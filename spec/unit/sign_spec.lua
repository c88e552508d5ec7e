-- cbr.sign: its arguments and results. spec/core/signer_spec.lua tests that the signatures are correct.

local cbr = require "cbr"
local support = require "spec.helpers.support"
local text = require "cbr.util.text"
local time = require "cbr.util.time"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("cbr.sign", function()
  local KEYS = { access_key = "AK", secret_key = "a-secret-key" }
  local REQUEST = {
    method = "GET", host = "cbr.example.com", path = "/v3/a b", query = { limit = 10, id = { "b", "a" } },
  }

  it("cbr.sign returns the path, the query and the headers to send", function()
    local signature = cbr.sign(REQUEST, KEYS, "20240102T030405Z")
    assert.equal("/v3/a%20b", signature.url_path)
    assert.equal("id=a&id=b&limit=10", signature.query_string)
    assert.equal("host;x-sdk-date", signature.signed_headers)
    assert.equal("20240102T030405Z", signature.headers["X-Sdk-Date"])
    assert.equal(signature.authorization, signature.headers.Authorization)
    assert.matches("Signature=" .. signature.signature, signature.authorization, 1, true)
  end)

  it("cbr.sign signs for the current time unless a date is given", function()
    local signature = cbr.sign(REQUEST, KEYS)
    local signed_at = time.parse(signature.headers["X-Sdk-Date"])
    assert.is_true(math.abs(os.time() - signed_at) <= 30)
  end)

  it("cbr.sign does not change the request or the credentials, and does not show the secret key", function()
    local function new_request()
      return { method = "POST", host = "h.test", path = "/", headers = { ["Content-Type"] = "a/b" }, body = "{}" }
    end
    local request = new_request()
    local signature = cbr.sign(request, KEYS)
    assert.same(new_request(), request)
    for _, value in pairs(signature) do
      assert.is_nil(tostring(value):find("a-secret-key", 1, true))
    end
  end)

  it("cbr.sign signs project, account and security token as headers", function()
    local signature = cbr.sign(REQUEST, {
      access_key = "AK", secret_key = "a-secret-key", security_token = "st", project_id = "p", domain_id = "d",
    })
    assert.equal("host;x-domain-id;x-project-id;x-sdk-date;x-security-token", signature.signed_headers)
    assert.same({ "p", "d", "st" }, {
      signature.headers["X-Project-Id"], signature.headers["X-Domain-Id"], signature.headers["X-Security-Token"],
    })
  end)

  it("cbr.sign makes signatures that the sandbox's gateway accepts", function()
    sandbox.reset()
    local key = fixtures.keys.home
    local signature = cbr.sign({
      method = "GET", host = sandbox.plain:match "//(.*)$", path = ("/v3/%s/vaults"):format(fixtures.projects.home.id),
      query = { limit = 1 },
    }, { access_key = key.ak, secret_key = key.sk, project_id = fixtures.projects.home.id })
    local headers = {} -- LuaSocket would change names in upper case by the rules of the locale
    for name, value in pairs(signature.headers) do
      headers[text.lower(name)] = value
    end
    local _, status = require "socket.http".request {
      url = ("%s%s?%s"):format(sandbox.plain, signature.url_path, signature.query_string), headers = headers,
    }
    assert.equal(200, status)
  end)

  it("cbr.sign raises at the caller's line for a missing or wrong field, and names the field", function()
    local function raised(request, keys, date)
      local line
      local ok, message = pcall(function()
        line = debug.getinfo(1, "l").currentline + 1
        local _ = cbr.sign(request, keys, date)
      end)
      assert.is_false(ok)
      assert.matches(("sign_spec.lua:%d: "):format(line), message, 1, true)
      return message
    end
    local function changed(field, value)
      local request = { method = "GET", host = "h", path = "/" }
      request[field] = value
      return request
    end
    assert.matches("request and credentials must be tables", raised("GET", KEYS))
    assert.matches("request and credentials must be tables", raised(REQUEST))
    assert.matches("request.method is missing", raised({}, KEYS))
    assert.matches("request.body must be a string, not a table", raised(changed("body", {}), KEYS))
    assert.matches("request.headers must be a table, not a string", raised(changed("headers", "a: b"), KEYS))
    assert.matches("names and values of headers must be strings", raised(changed("headers", { a = 1 }), KEYS))
    assert.matches("query parameter 'a' has a function value", raised(changed("query", { a = print }), KEYS))
    assert.matches("credentials.secret_key is missing", raised(REQUEST, { access_key = "AK" }))
    assert.matches("credentials.access_key must be a string, not a number", raised(REQUEST, { access_key = 1 }))
    assert.matches("date must be a string, not a number", raised(REQUEST, KEYS, 5))
    for _, date in ipairs { "tomorrow", "20240102T030405", "20240102T030405Z0", "20240102t030405Z", "" } do
      assert.matches("date is not of the form YYYYMMDDThhmmssZ", raised(REQUEST, KEYS, date))
    end
    for _, scope in ipairs { {}, { "r" }, { nil, "s" }, { "", "s" }, { "r/s", "s" }, { "r\n", "s" }, { "r", "s\0" } } do
      assert.matches("V11-HMAC-SHA256 needs a region and a service", raised(REQUEST, {
        access_key = "AK", secret_key = "a-secret-key", algorithm = "V11-HMAC-SHA256", region = scope[1],
        service = scope[2],
      }), 1, true)
    end
  end)
end)
