-- The signature, stage by stage, compared with the results of official signers.

local cbr = require "cbr"
local core = require "cbr.core"
local json = require "cbr.util.json"

local function vectors(name)
  local file = assert(io.open("spec/data/vectors/" .. name .. ".json", "rb"))
  local text = file:read "*a"
  file:close()
  local sets = assert(json.decode(text))
  for _, vector in ipairs(sets.derived_vectors or {}) do
    sets.vectors[#sets.vectors + 1] = vector
  end
  return sets.vectors
end

local STAGES = {
  "url_path", "query_string", "canonical_request", "string_to_sign", "signed_headers", "signature", "authorization",
}

describe("the signer", function()
  for _, set in ipairs { "official", "hard" } do
    local count = 0
    for _, vector in ipairs(vectors(set)) do
      count = count + 1
      it(("the signer computes the results of the %s test vector '%s'"):format(set, vector.id), function()
        local got = cbr.sign(vector.request, vector.credentials, vector.date)
        for _, stage in ipairs(STAGES) do
          assert.equal(vector.expect[stage], got[stage], stage)
        end
      end)
    end
    it(("the signer is compared with at least ten %s test vectors"):format(set), function()
      assert.is_true(count >= 10)
    end)
  end

  it("the signer supports three algorithms, one of which needs a region and a service", function()
    assert.same({
      ["SDK-HMAC-SHA256"] = { needs_scope = false }, ["SDK-HMAC-SM3"] = { needs_scope = false },
      ["V11-HMAC-SHA256"] = { needs_scope = true },
    }, core.algorithms)
    assert.equal("SDK-HMAC-SHA256", core.default_algorithm)
    local request, date = { method = "GET", host = "h", path = "/" }, "20240102T030405Z"
    for name, algorithm in pairs(core.algorithms) do
      local credentials = { access_key = "AK", secret_key = "SK", algorithm = name }
      assert.equal(not algorithm.needs_scope, core.sign(request, credentials, date) ~= nil, name)
      credentials.region, credentials.service = "r", "s"
      assert.equal(name, core.sign(request, credentials, date).authorization:match "^%S+")
    end
  end)

  local keys = { access_key = "AK", secret_key = "SK" }
  local date = "20240102T030405Z"

  it("the signer returns every header to send, trimmed, and signs every header", function()
    local got = cbr.sign({ method = "GET", host = "h", path = "/", headers = { ["X-One"] = " 1\t" } }, {
      access_key = "AK", secret_key = "SK", security_token = "T", project_id = "P", domain_id = "D",
    }, date)
    assert.same({
      Host = "h", ["X-One"] = "1", ["X-Sdk-Date"] = date, ["X-Security-Token"] = "T", ["X-Project-Id"] = "P",
      ["X-Domain-Id"] = "D", Authorization = got.authorization,
    }, got.headers)
    assert.equal("host;x-domain-id;x-one;x-project-id;x-sdk-date;x-security-token", got.signed_headers)
  end)

  it("the signer signs with the given date, or else the current time", function()
    local one = cbr.sign({ method = "GET", host = "h", path = "/" }, keys, date)
    local two = cbr.sign({ method = "GET", host = "h", path = "/" }, keys, date)
    assert.same(one, two)
    local now = cbr.sign({ method = "GET", host = "h", path = "/" }, keys).headers["X-Sdk-Date"]
    assert.matches("^%d%d%d%d%d%d%d%dT%d%d%d%d%d%dZ$", now)
  end)

  it("signing does not change the arguments", function()
    local function request()
      return { method = "GET", host = "h", path = "/", query = { b = { 2, 1 }, a = true }, headers = { X = "y" } }
    end
    local given = request()
    cbr.sign(given, keys, date)
    assert.same(request(), given)
  end)

  it("the signer writes numbers and booleans in a query as the service expects them", function()
    local got = cbr.sign({ method = "GET", host = "h", path = "/", query = {
      limit = 1000.0, big = 2 ^ 52, part = 0.5, flag = true, list = { 2, "1" },
    } }, keys, date)
    assert.equal("big=4503599627370496&flag=true&limit=1000&list=1&list=2&part=0.5", got.query_string)
  end)

  it("the signer raises an error at the caller's line for a request that cannot be signed", function()
    local function raised(changes, credentials, when)
      local request = { method = "GET", host = "h", path = "/" }
      for name, value in pairs(changes) do
        request[name] = value or nil
      end
      local ok, message = pcall(cbr.sign, request, credentials or keys, when or date)
      assert.is_false(ok)
      return message
    end
    assert.matches("must be tables", raised({}, "AK"))
    assert.matches("request.path is missing", raised { path = false })
    assert.matches("credentials.secret_key is missing", raised({}, { access_key = "a" }))
    assert.matches("credentials.secret_key must be a string", raised({}, { access_key = "a", secret_key = 1 }))
    assert.matches("algorithm is not", raised({}, { access_key = "a", secret_key = "b", algorithm = "MD5" }))
    local v11 = { access_key = "a", secret_key = "b", algorithm = "V11-HMAC-SHA256", region = "r" }
    assert.matches("needs a region and a service", raised({}, v11))
    v11.service = "a/b"
    assert.matches("needs a region and a service", raised({}, v11))
    assert.matches("date is not of the form", raised({}, nil, "yesterday"))
    assert.matches("date must be a string", raised({}, nil, 1))
    assert.matches("not an upper%-case letter", raised { method = "G T" })
    assert.matches("cannot be sent", raised { host = "h\r\nX: y" })
    assert.matches("cannot be sent", raised { headers = { ["a b"] = "c" } })
    assert.matches("cannot be sent", raised { headers = { a = "b\0c" } })
    assert.matches("given twice", raised { headers = { a = "1", A = "2" } })
    assert.matches("query parameter 'x' has a function value", raised { query = { x = print } })
    local function caller()
      cbr.sign(nil, keys)
    end
    local ok, message = pcall(caller)
    assert.is_false(ok)
    assert.matches("signer_spec.lua:%d+: cbr.sign", message)
  end)
end)
