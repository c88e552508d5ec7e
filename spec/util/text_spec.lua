-- Conversion of values and queries to text, and suggestions for misspelt names.

local text = require "cbr.util.text"

describe("text", function()
  it("text.number reads a number as exactly as Lua does", function()
    for written, value in pairs {
      ["0.1"] = 0.1, ["0.3"] = 0.3, ["0.7"] = 0.7, ["-2.3"] = -2.3, ["0.07"] = 0.07, ["1.005"] = 1.005, ["3e-1"] = 0.3,
      ["12e3"] = 12000, ["1.5e1"] = 15, ["4.35e2"] = 435, ["7E+2"] = 700, ["-0"] = 0, ["+5"] = 5, [" 8 "] = 8,
    } do
      assert.equal(value, text.number(written), written)
    end
  end)

  it("cbr.util.text writes whole numbers without exponent or fraction", function()
    for value, expected in pairs {
      [0] = "0", [-3] = "-3", [1000] = "1000", [1e15] = "1000000000000000", [2 ^ 53] = "9007199254740992",
      [2 ^ 53 - 1] = "9007199254740991",
    } do
      assert.equal(expected, text.of(value))
    end
  end)

  it("cbr.util.text writes fractions with a point, booleans as words, and strings unchanged", function()
    assert.equal("0.5", text.of(0.5))
    assert.equal("-1.25", text.of(-1.25))
    assert.equal("true", text.of(true))
    assert.equal("false", text.of(false))
    assert.equal(" as it is ", text.of " as it is ")
    assert.equal("", text.of "")
  end)

  it("cbr.util.text returns no text for other types, infinity and NaN", function()
    for _, value in ipairs { {}, print, math.huge, -math.huge, 0 / 0 } do
      assert.is_nil(text.of(value))
    end
    assert.is_nil(text.of(nil))
  end)

  it("cbr.util.text reads a number from a text, whatever is around it", function()
    for words, number in pairs { ["12.5"] = 12.5, [" -1e3\n"] = -1000, ["+.5"] = 0.5, ["7."] = 7, ["\t0\r\n"] = 0 } do
      assert.equal(number, text.number(words))
    end
    for _, words in ipairs { "", " ", ".", "1 2", "1e", "e1", "0x10", "--1", "1" .. ("9"):rep(1000) .. "x" } do
      assert.is_nil(text.number(words))
    end
  end)

  it("cbr.util.text removes white space at both ends of a text, and none inside", function()
    for words, trimmed in pairs { [""] = "", [" \t\r\n\v\f"] = "", ["a"] = "a", ["\n a \t b\r\n"] = "a \t b" } do
      assert.equal(trimmed, text.trim(words))
    end
  end)

  it("a text with a long row of spaces is trimmed and read in a short time #many", function()
    local spaces, before = (" "):rep(1e6), os.clock()
    for _, words in ipairs { spaces, "1" .. spaces .. "x", spaces .. "1" .. spaces .. "x" .. spaces } do
      text.trim(words)
      assert.is_nil(text.number(words))
    end
    assert.equal(1, text.number(spaces .. "1" .. spaces))
    assert.is_true(os.clock() - before < 5) -- quadratic work would take hours
  end)

  it("cbr.util.text turns every value of a query into text, including every member of a list", function()
    assert.same({ limit = "10", dec = "true", name = "a", status = { "x", "2", "false" }, id = {} },
      text.query { limit = 10, dec = true, name = "a", status = { "x", 2, false }, id = {} })
  end)

  it("cbr.util.text names the parameter of a query that cannot be sent", function()
    for expected, query in pairs {
      ["'a' has a function value"] = { a = print }, ["'b' has a table value"] = { b = { {} } },
      ["'c' has a number value"] = { c = 0 / 0 }, ["'d' has a nil value"] = { d = { x = 1 } },
      ["name that is a number, not a string"] = { "x" },
    } do
      local result, reason = text.query(query)
      assert.is_nil(result)
      assert.matches(expected, reason, 1, true)
    end
  end)

  it("text.is_same ignores the case of ids and regions, and a missing text is the same as none", function()
    assert.is_true(text.is_same("cn-east-3", "CN-EAST-3"))
    assert.is_false(text.is_same("cn-east-3", "cn-east-2"))
    assert.is_true(text.is_same("", ""))
    for _, other in ipairs { 5, false, {} } do
      assert.is_false(text.is_same("5", other))
      assert.is_false(text.is_same(other, other))
    end
    assert.is_false(text.is_same(nil, nil))
  end)

  it("cbr.util.text suggests the known name that is nearest to a misspelt name", function()
    local known = { region = true, timeout = true, vault_id = true }
    assert.equal("region", text.nearest("regoin", known))
    assert.equal("timeout", text.nearest("time_out", known))
    assert.equal("vault_id", text.nearest("VaultId", known))
    assert.equal(" (did you mean 'region'?)", text.meant("reigon", known))
  end)

  it("text.nearest suggests the first name in the alphabet if several names are equally near", function()
    assert.equal("list_a", text.nearest("list_x", { list_c = true, list_a = true, list_b = true }))
  end)

  it("text.nearest suggests nothing for a name that is too different, too long, or not a string", function()
    for _, name in ipairs { "entirely_different", ("x"):rep(65), 5, {}, true } do
      assert.is_nil(text.nearest(name, { region = true }))
      assert.equal("", text.meant(name, { region = true }))
    end
  end)
end)
