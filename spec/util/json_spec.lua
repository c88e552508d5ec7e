-- cbr.util.json behaves alike with every version of lua-cjson. LUA_CJSON (see tools/with_lua) selects the version.

local json = require "cbr.util.json"
local locales = require "spec.helpers.locales"

describe("json", function()
  it("json reads at most 900 levels of nesting, and can write them inside a hundred further levels", function()
    local value = assert(json.decode(("["):rep(900) .. ("]"):rep(900)))
    for _ = 1, 100 do
      value = { value }
    end
    assert.is_string(json.encode(value))
    local _, reason = json.decode(("["):rep(901) .. ("]"):rep(901))
    assert.matches("nested", reason)
  end)

  it("json does not change the settings of the shared cjson module", function()
    local shared = require "cjson"
    assert.equal("{}", shared.encode {})
    assert.is_true(pcall(shared.decode, "[NaN]")) -- by default, cjson accepts NaN
    assert.is_nil(json.decode "[NaN]")
  end)

  it("json rejects text that is not JSON", function()
    for _, text in ipairs { "", "{", "[1,]", "[NaN]", "[Infinity]", "[-inf]", "[0x10]", "{a:1}", "<html>", "[1] x" } do
      local value, reason = json.decode(text)
      assert.is_nil(value)
      assert.is_string(reason)
    end
    local value, reason = json.decode(("["):rep(2000) .. ("]"):rep(2000))
    assert.is_nil(value)
    assert.matches("nested", reason)
  end)

  it("json rejects JSON that is neither an object nor an array", function()
    for _, text in ipairs { "1", '"x"', "true", "null" } do
      local value, reason = json.decode(text)
      assert.is_nil(value)
      assert.matches("neither an object nor an array", reason)
    end
  end)

  it("json reads null as nil at any depth, and leaves no gap for null in a list", function()
    assert.same({ b = { c = {} } }, json.decode '{"a":null,"b":{"c":{"d":null}}}')
    assert.same({ 1, 2, { 3 } }, json.decode "[null,1,null,2,[null,3],null]")
    assert.equal(2, #json.decode "[null,1,2]")
  end)

  it("json reads whole numbers as integers in a Lua that has integers", function()
    local value = json.decode '{"size":40,"used":1e3,"part":0.5,"big":9007199254740992}'
    assert.equal("40", tostring(value.size))
    assert.equal("1000", tostring(value.used))
    assert.equal(0.5, value.part)
    if rawget(math, "type") then
      assert.equal("9007199254740992", tostring(value.big))
    end
  end)

  it("json reads a number that is too large for Lua as nil, and a number that is too small for Lua as 0", function()
    -- OpenResty's lua-cjson truncates a long integer.
    local long = require "cjson".array_mt and "1e999" or ("9"):rep(400)
    local value = json.decode(('{"big":1e999,"small":-1e999,"long":%s,"zero":-0,"tiny":1e-999}'):format(long))
    assert.same({ zero = 0, tiny = 0 }, value)
    assert.same({ b = 1, c = { 2 } }, json.decode '{"b":1,"c":[-1e999,2]}')
    assert.is_string(json.encode(value))
  end)

  it("json rejects a text of megabytes that consists almost only of brackets", function()
    local value, reason = json.decode("[" .. ("[],"):rep(5e5) .. "[]]")
    assert.is_nil(value)
    assert.matches("more objects and arrays", reason)
    -- 2 MB of ordinary objects.
    assert.equal(1e5, #json.decode("[" .. ('{"id":"0b7e4a4c-6a8a"},'):rep(1e5 - 1) .. "{}]"))
  end)

  it("json marks a list as a list for a lua-cjson that can write empty lists", function()
    local list = json.list { 1 }
    assert.same({ 1 }, list)
    local cjson = require "cjson"
    assert.equal(cjson.array_mt and "[]" or "{}", cjson.encode(json.list {}))
  end)

  it("json keeps the last of two fields with the same name", function()
    assert.same({ a = 2 }, json.decode '{"a":[1],"a":2}')
  end)

  it("json writes numbers exactly, and whole numbers without an exponent", function()
    local function written(n)
      return json.encode({ n }):match "%[(.*)%]"
    end
    assert.equal("100000000000000", written(1e14))
    assert.equal("9007199254740992", written(2 ^ 53))
    assert.equal("-9007199254740991", written(-(2 ^ 53 - 1)))
    assert.equal("0.30000000000000004", written(0.1 + 0.2))
    assert.equal(1e300, tonumber(written(1e300)))
    assert.equal("40", written(40))
    assert.equal("0.5", written(0.5))
    assert.is_nil(json.encode { 0 / 0 })
    assert.is_nil(json.encode { 1 / 0 })
  end)

  it("json writes json.empty_array as an empty list, and any other empty table as an object", function()
    assert.equal('{"resources":[]}', json.encode { resources = json.empty_array })
    assert.equal("[[],[]]", json.encode { json.empty_array, json.empty_array })
    assert.equal("[]", json.encode(json.empty_array))
    assert.equal('{"a":{}}', json.encode { a = {} })
  end)

  it("json writes json.null as null", function()
    assert.equal('{"a":null}', json.encode { a = json.null })
  end)

  it("json keeps every string, even one that looks like an internal mark", function()
    local hard = {
      "", "\1", "\1[]", "\0011e14", "\1\1[]", 'a,"\1[]"', '["\1[]"]', 'x:"\00112"',
      "\\", '"', "a/b", "\0", "备份 é", "\127",
    }
    assert.same(hard, json.decode(json.encode(hard)))
    local with_marks = { ["\1k"] = "\1v", ["\1[]"] = { json.empty_array, 2 ^ 60 } }
    assert.same({ ["\1k"] = "\1v", ["\1[]"] = { {}, 2 ^ 60 } }, json.decode(json.encode(with_marks)))
  end)

  it("json gives the reason why a value cannot be encoded", function()
    local loop = {}
    loop.loop = loop
    local _, reason = json.encode(loop)
    assert.matches("contains itself", reason)
    _, reason = json.encode { print }
    assert.matches("function", reason)
    _, reason = json.encode { [1] = 1, [1000] = 2 }
    assert.matches("sparse", reason)
  end)

  it("json writes at most a thousand levels of nesting, and reads at most 900", function()
    local function nested(levels)
      local value = {}
      for _ = 2, levels do
        value = { value }
      end
      return value
    end
    local deepest = assert(json.encode(nested(1000)))
    assert.equal(("["):rep(999) .. "{}" .. ("]"):rep(999), deepest)
    local deepest_read = json.encode(nested(900))
    assert.same(deepest_read, json.encode(assert(json.decode(deepest_read))))
    local value, reason = json.encode(nested(1001))
    assert.is_nil(value)
    assert.matches("nested too deep", reason)
    assert.is_nil((json.decode(("["):rep(901) .. ("]"):rep(901))))
  end)

  it("json.encode does not change the value that it encodes", function()
    local value = { a = { 1e15, "\1" }, b = json.empty_array }
    json.encode(value)
    assert.same({ 1e15, "\1" }, value.a)
    assert.equal(json.empty_array, value.b)
  end)

  it("json uses the same instance of lua-cjson while the locale stays the same", function()
    local shared, made = require "cjson.safe", 0
    local new = shared.new
    locales.with("C", function()
      json.decode "[0.5]" -- the locale may have changed before
      shared.new = function()
        made = made + 1
        return new()
      end
      local ok, read, written = pcall(function() return json.decode "[1.5]", json.encode { 2.5 } end)
      shared.new = new
      assert.is_true(ok)
      assert.same({ { 1.5 }, "[2.5]", 0 }, { read, written, made })
    end)
  end)
end)
