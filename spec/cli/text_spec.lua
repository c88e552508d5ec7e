-- cbr_cli.text: texts for a terminal.

require "spec.helpers.command"
local text = require "cbr_cli.text"

local CHINESE, UMLAUT, COMBINED = "\229\164\135\228\187\189", "\195\188", "e\204\129" -- 备份, ü, e with an accent

describe("texts for a terminal", function()
  it("a Chinese character takes two columns, a letter one, and a combining accent none", function()
    for value, width in pairs { [""] = 0, abc = 3, [CHINESE] = 4, [UMLAUT] = 1, [COMBINED] = 1 } do
      assert.equal(width, text.width(value), value)
    end
  end)

  it("text.fit pads or cuts a text to a number of columns, and splits no character", function()
    assert.equal("ab  ", text.fit("ab", 4))
    assert.equal("abc~", text.fit("abcde", 4))
    assert.equal(CHINESE .. " ", text.fit(CHINESE, 5))
    assert.equal(CHINESE:sub(1, 3) .. "~", text.fit(CHINESE, 3))
    assert.equal("~ ", text.fit(CHINESE, 2))
    assert.equal(UMLAUT .. "~", text.fit(UMLAUT:rep(3), 2))
  end)

  it("control characters and marks of text direction become spaces, and other characters stay", function()
    assert.equal("a b c", text.clean "a\27b\127c")
    assert.equal("a b c d", text.clean "a\194\155b\226\128\174c\239\187\191d")
    assert.equal(CHINESE .. UMLAUT, text.clean(CHINESE .. UMLAUT))
  end)

  it("bytes of a text that are not UTF-8 are replaced by U+FFFD", function()
    local mark = "\239\191\189"
    for value, expected in pairs {
      ["a\255b"] = "a" .. mark .. "b", ["\195"] = mark, ["\192\128"] = mark .. mark, [UMLAUT] = UMLAUT,
      ["\237\160\128"] = mark:rep(3), ["\240\159\152\128"] = "\240\159\152\128", ["\244\144\128\128"] = mark:rep(4),
    } do
      assert.equal(expected, text.valid(value))
      assert.equal(expected, text.clean(value))
    end
  end)
end)
