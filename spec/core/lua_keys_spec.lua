-- core.keys: credentials in the form in which requests are signed fastest.

local core = require "cbr.core"

local REQUEST = { method = "GET", host = "h", path = "/a", query = { b = "c" }, headers = { ["X-One"] = "1" } }
local DATES = { "20211207T065804Z", "20211207T235959Z", "20211208T000000Z", "20211207T065804Z" }

local function credentials(changes)
  local given = {
    access_key = "AK", secret_key = "SK", security_token = "T", project_id = "P", domain_id = "D", region = "r",
    service = "cbr",
  }
  for name, value in pairs(changes or {}) do
    given[name] = value
  end
  return given
end

describe("core.keys", function()
  it("core.keys gives the same signatures as the credentials, with every algorithm, on successive days", function()
    for algorithm in pairs(core.algorithms) do
      local given = credentials { algorithm = algorithm }
      local keys = core.keys(given)
      for _, date in ipairs(DATES) do
        assert.same(core.sign(REQUEST, given, date), core.sign(REQUEST, keys, date), algorithm)
      end
    end
  end)

  it("core.keys gives the same signature as the credentials, with an empty body and with other bodies", function()
    local keys = core.keys(credentials())
    for _, body in ipairs { "", "x", ("y"):rep(1000) } do
      local request = { method = "POST", host = "h", path = "/", body = body }
      assert.same(core.sign(request, credentials(), DATES[1]), core.sign(request, keys, DATES[1]))
    end
  end)

  it("core.keys copies the credentials, so that the caller may change or drop them afterwards", function()
    local given = credentials()
    local expected = core.sign(REQUEST, given, DATES[1])
    local keys = core.keys(given)
    given.secret_key, given.access_key = "other", "other"
    collectgarbage()
    assert.same(expected, core.sign(REQUEST, keys, DATES[1]))
  end)

  it("core.keys accepts keys without optional fields, and an empty secret key", function()
    local given = { access_key = "AK", secret_key = "" }
    assert.same(core.sign(REQUEST, given, DATES[1]), core.sign(REQUEST, core.keys(given), DATES[1]))
  end)

  it("core.keys leads to the same errors as the credentials for requests that cannot be signed", function()
    local no_region = { algorithm = "V11-HMAC-SHA256", region = "" }
    for _, bad in ipairs { { algorithm = "none" }, { access_key = "a\nb" }, no_region } do
      local given = credentials(bad)
      assert.same({ core.sign(REQUEST, given, DATES[1]) }, { core.sign(REQUEST, core.keys(given), DATES[1]) })
    end
  end)

  it("core.keys raises for credentials of a wrong type", function()
    for _, bad in ipairs { {}, { access_key = "a" }, { access_key = 1, secret_key = "b" }, "ab", 1, false } do
      assert.is_false(pcall(core.keys, bad))
    end
    assert.is_false(pcall(core.sign, REQUEST, io.stdout, DATES[1]))
  end)

  it("the result of core.keys raises when it is used after it was closed, and can be closed twice", function()
    local keys = core.keys(credentials())
    keys:close()
    keys:close()
    assert.has_error(function() core.sign(REQUEST, keys, DATES[1]) end, "attempt to use closed keys")
    assert.equal("cbr.keys", tostring(keys))
    local pool = core.pool {}
    local request = { method = "GET", origin = "http://127.0.0.1:1", path = "/" }
    assert.same({ n = 3, nil, "network", "the client was closed" }, {
      n = select("#", pool:start(request, keys, DATES[1])), pool:start(request, keys, DATES[1]) })
    pool:close()
  end)
end)
