-- Values as text, queries, suggestions for mistyped names, one-line texts, hidden secrets.

local text = require "cbr.util.text"

describe("text", function()
  it("reads a number in a text as exactly as Lua does", function()
    for written, value in pairs {
      ["0.1"] = 0.1, ["0.3"] = 0.3, ["0.7"] = 0.7, ["-2.3"] = -2.3, ["0.07"] = 0.07, ["1.005"] = 1.005, ["3e-1"] = 0.3,
      ["12e3"] = 12000, ["1.5e1"] = 15, ["4.35e2"] = 435, ["7E+2"] = 700, ["-0"] = 0, ["+5"] = 5, [" 8 "] = 8,
    } do
      assert.equal(value, text.number(written), written)
    end
  end)

  it("writes whole numbers without exponent or fraction", function()
    for value, expected in pairs {
      [0] = "0", [-3] = "-3", [1000] = "1000", [1e15] = "1000000000000000", [2 ^ 53] = "9007199254740992",
      [2 ^ 53 - 1] = "9007199254740991",
    } do
      assert.equal(expected, text.of(value))
    end
  end)

  it("writes fractions with a point, booleans as words, and strings unchanged", function()
    assert.equal("0.5", text.of(0.5))
    assert.equal("-1.25", text.of(-1.25))
    assert.equal("true", text.of(true))
    assert.equal("false", text.of(false))
    assert.equal(" as it is ", text.of " as it is ")
    assert.equal("", text.of "")
  end)

  it("returns no text for other types, infinity and NaN", function()
    for _, value in ipairs { {}, print, math.huge, -math.huge, 0 / 0 } do
      assert.is_nil(text.of(value))
    end
    assert.is_nil(text.of(nil))
  end)

  it("reads a number from a text, whatever is around it", function()
    for words, number in pairs { ["12.5"] = 12.5, [" -1e3\n"] = -1000, ["+.5"] = 0.5, ["7."] = 7, ["\t0\r\n"] = 0 } do
      assert.equal(number, text.number(words))
    end
    for _, words in ipairs { "", " ", ".", "1 2", "1e", "e1", "0x10", "--1", "1" .. ("9"):rep(1000) .. "x" } do
      assert.is_nil(text.number(words))
    end
  end)

  it("removes white space at both ends of a text, and none inside", function()
    for words, trimmed in pairs { [""] = "", [" \t\r\n\v\f"] = "", ["a"] = "a", ["\n a \t b\r\n"] = "a \t b" } do
      assert.equal(trimmed, text.trim(words))
    end
  end)

  it("trims and reads a text with a long row of spaces in a short time #many", function()
    local spaces, before = (" "):rep(1e6), os.clock()
    for _, words in ipairs { spaces, "1" .. spaces .. "x", spaces .. "1" .. spaces .. "x" .. spaces } do
      text.trim(words)
      assert.is_nil(text.number(words))
    end
    assert.equal(1, text.number(spaces .. "1" .. spaces))
    assert.is_true(os.clock() - before < 5) -- quadratic work would take hours
  end)

  it("turns every value of a query into text, including every member of a list", function()
    assert.same({ limit = "10", dec = "true", name = "a", status = { "x", "2", "false" }, id = {} },
      text.query { limit = 10, dec = true, name = "a", status = { "x", 2, false }, id = {} })
  end)

  it("names the parameter of a query that cannot be sent", function()
    for expected, query in pairs {
      ["'a' has a function value"] = { a = print }, ["'b' has a table value"] = { b = { {} } },
      ["'c' has a number value"] = { c = 0 / 0 }, ["'d' has a nil value"] = { d = { x = 1 } },
      ["name of type number"] = { "x" },
    } do
      local result, reason = text.query(query)
      assert.is_nil(result)
      assert.matches(expected, reason, 1, true)
    end
  end)

  it("suggests the known name that is nearest to a mistyped one", function()
    local known = { region = true, timeout = true, vault_id = true }
    assert.equal("region", text.nearest("regoin", known))
    assert.equal("timeout", text.nearest("time_out", known))
    assert.equal("vault_id", text.nearest("VaultId", known))
    assert.equal(" (did you mean 'region'?)", text.meant("reigon", known))
  end)

  it("suggests the first in the alphabet of two names that are equally near", function()
    assert.equal("list_a", text.nearest("list_x", { list_c = true, list_a = true, list_b = true }))
  end)

  it("suggests nothing for a name that is too different, too long, or not a string", function()
    for _, name in ipairs { "entirely_different", ("x"):rep(65), 5, {}, true } do
      assert.is_nil(text.nearest(name, { region = true }))
      assert.equal("", text.meant(name, { region = true }))
    end
  end)

  it("makes one line of a text with line breaks and control characters", function()
    assert.equal("one two three", text.line "\n one\r\n\ttwo \0\27 three \n")
    assert.equal("", text.line " \n ")
  end)

  it("shows characters that are invisible or turn the direction of writing, and bytes that are not UTF-8", function()
    for given, shown in pairs {
      ["a\226\128\174b"] = "a\\u{202E}b", ["\226\129\166x\226\129\169"] = "\\u{2066}x\\u{2069}",
      ["a\226\128\139b\239\187\191"] = "a\\u{200B}b\\u{FEFF}", ["\194\155m"] = "\\u{009B}m", ["\155m"] = "\\x9Bm",
      ["\226\128\168"] = "\\u{2028}", ["\194\173"] = "\\u{00AD}", ["\243\160\129\129"] = "\\u{E0041}",
      ["\216\156"] = "\\u{061C}", ["\192\128"] = "\\xC0\\x80", ["\237\160\128"] = "\\xED\\xA0\\x80",
      ["\226\128"] = "\\xE2\\x80",
      ["\244\144\128\128"] = "\\xF4\\x90\\x80\\x80",
    } do
      assert.equal(shown, text.line(given))
    end
    for _, visible in ipairs { "größer, naïve", "备份 vault", "резерв", "バックアップ", "🙂 ok",
    "\194\160x" } do
      assert.equal(visible, text.line(visible))
    end
    assert.equal(("é"):rep(498) .. "...", text.line(("é"):rep(600)))
    assert.is_true(#text.line(("\226\128\174"):rep(1e5)) <= 1000)
  end)

  it("cuts a long line at its limit, and never inside a character", function()
    assert.equal(("x"):rep(1000), text.line(("x"):rep(1000)))
    assert.equal(("x"):rep(997) .. "...", text.line(("x"):rep(1001)))
    assert.equal("12345", text.line("12345", 5))
    assert.equal("12...", text.line("123456", 5))
    assert.equal("a...", text.line("aéééé", 6))
    assert.equal("aé...", text.line("aéééé", 7))
  end)

  it("hides every occurrence of every secret", function()
    assert.equal("a *** b *** c *** d", text.redact("a secret-1 b secret-2 c secret-1 d", { "secret-1", "secret-2" }))
    assert.equal("***", text.redact("secret.%d+", { "secret.%d+" })) -- not a pattern
    assert.equal("******", text.redact(("secret"):rep(2), { "secret" }))
  end)

  it("shows no more than the first four characters of an access key", function()
    assert.equal("ak AKID*** and ***",
      text.redact("ak AKIDEXAMPLE and a-secret", { "a-secret", access_key = "AKIDEXAMPLE" }))
    assert.equal("ak AKID not exist", text.redact("ak AKID not exist", { access_key = "AKID" }))
  end)

  it("leaves a text alone that contains no secret, or only words too short for one", function()
    assert.equal("the key is not known", text.redact("the key is not known", { "a-secret-key", "the", "" }))
    assert.equal("unchanged", text.redact("unchanged", {}))
  end)
end)
