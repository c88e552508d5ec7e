-- How the core reads the tables that Lua code passes to it.

local core = require "cbr.core"

local ORIGIN = "http://127.0.0.1:1"
local KEYS = { access_key = "a", secret_key = "b" }
local DATE = "20240102T030405Z"

describe("the core", function()
  local pool

  before_each(function()
    pool = core.pool { max_body = 1e6, proxy = "" }
  end)

  after_each(function()
    assert.equal(0, pool:in_flight())
    pool:close()
  end)

  local function request(changes)
    local made = { method = "GET", origin = ORIGIN, path = "/", timeout = 5, connect_timeout = 5 }
    for name, value in pairs(changes or {}) do
      made[name] = value
    end
    return made
  end

  it("the core names the request field that has the wrong type", function()
    for message, bad in pairs {
      ["field 'method' is missing"] = {},
      ["field 'path' is missing"] = { method = "GET" },
      ["field 'origin' is missing"] = { method = "GET", path = "/" },
      ["field 'method' must be a string, not a number"] = request { method = 1 },
      ["field 'path' must be a string, not a boolean"] = request { path = false },
      ["field 'body' must be a string, not a table"] = request { body = {} },
      ["field 'query' must be a table"] = request { query = "a" },
      ["a query parameter's value must be a string, not a number"] = request { query = { a = 1 } },
      ["a query parameter's value must be a string, not a boolean"] = request { query = { a = { true } } },
      ["a query parameter's name must be a string, not a number"] = request { query = { "a" } },
      ["field 'headers' must be a table"] = request { headers = true },
      ["a header's name must be a string, not a number"] = request { headers = { "a" } },
      ["a header's value must be a string, not a number"] = request { headers = { a = 1 } },
      ["field 'timeout' must be a number"] = request { timeout = "1" },
    } do
      assert.has_error(function()
        pool:start(bad)
      end, message)
    end
  end)

  it("the core raises for credentials of the wrong type, and for a missing date", function()
    for _, bad in ipairs { {}, { access_key = "a" }, { access_key = 1, secret_key = "b" }, "ab" } do
      assert.is_false(pcall(pool.start, pool, request(), bad, DATE))
      assert.is_false(pcall(core.sign, { method = "GET", host = "h", path = "/" }, bad, DATE))
    end
    assert.has_error(function()
      pool:start(request(), KEYS)
    end, "the date must be a string, not a nil")
  end)

  it("the core raises for NaN as a number of seconds", function()
    for _, field in ipairs { "timeout", "connect_timeout" } do
      assert.has_error(function()
        pool:start(request { [field] = 0 / 0 })
      end, ("field '%s' must be a number of seconds"):format(field))
    end
  end)

  it("the core accepts any number, even NaN and infinity, as a size or a count", function()
    for _, size in ipairs { 0 / 0, 1 / 0, -1 / 0, -1, 1e308, 0.5 } do
      local other = core.pool { max_body = size, max_head = size, max_connections = size }
      assert.equal(0, other:in_flight())
      other:close()
    end
    assert.is_false(pcall(core.pool, { max_body = "1" }))
  end)

  it("the core reads tables without calling metamethods", function()
    local called = false
    local trap = setmetatable({}, { __index = function()
      called = true
      return "GET"
    end })
    assert.has_error(function()
      pool:start(trap)
    end, "field 'method' is missing")
    assert.is_false(called)
  end)

  it("the core signs every value of a query parameter that is a list", function()
    local query = { a = { "2", "1" }, b = {} }
    local signed = core.sign({ method = "GET", host = "h", path = "/", query = query }, KEYS, DATE)
    assert.equal("a=1&a=2", signed.query_string)
  end)

  it("the core reads no more members of a list than its length, even if the list has holes", function()
    local list = {}
    for i = 1, 1000 do
      list[i] = "v"
    end
    for power = 10, 59 do
      list[2 ^ power] = "v"
    end
    list[1025] = "v"
    local ok, result = pcall(core.sign, { method = "GET", host = "h", path = "/", query = { a = list } }, KEYS, DATE)
    if ok then
      assert.equal(64, #result.signature)
    else
      assert.is_truthy(result:match "too many values" or result:match "not a nil")
    end
    assert.equal(#list <= 1000000, (pcall(core.poll, list, 0))) -- the length depends on the Lua version
  end)
end)
