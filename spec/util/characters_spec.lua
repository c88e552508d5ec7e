-- Invisible characters, and characters that no key can contain.

local characters = require "cbr.util.characters"

describe("characters", function()
  it("characters.escape escapes invisible and direction-changing characters, and invalid UTF-8", function()
    for given, shown in pairs {
      ["a\226\128\174b"] = "a\\u{202E}b", ["\226\129\166x\226\129\169"] = "\\u{2066}x\\u{2069}",
      ["a\226\128\139b\239\187\191"] = "a\\u{200B}b\\u{FEFF}", ["\194\155m"] = "\\u{009B}m", ["\155m"] = "\\x9Bm",
      ["\226\128\168"] = "\\u{2028}", ["\194\173"] = "\\u{00AD}", ["\243\160\129\129"] = "\\u{E0041}",
      ["\216\156"] = "\\u{061C}", ["\192\128"] = "\\xC0\\x80", ["\237\160\128"] = "\\xED\\xA0\\x80",
      ["\226\128"] = "\\xE2\\x80", ["\195\255"] = "\\xC3\\xFF",
      ["\244\144\128\128"] = "\\xF4\\x90\\x80\\x80",
    } do
      assert.equal(shown, characters.escape(given))
    end
    for _, visible in ipairs { "größer, naïve", "备份 vault", "резерв", "バックアップ", "🙂 ok",
    "\194\160x" } do
      assert.equal(visible, characters.escape(visible))
    end
  end)

  it("characters.at returns the code point and the size of a character; an invalid byte has no code point", function()
    for value, expected in pairs {
      a = { 0x61, 1 }, ["\127"] = { 0x7F, 1 }, ["\195\188x"] = { 0xFC, 2 }, ["\228\184\173"] = { 0x4E2D, 3 },
      ["\240\159\152\128"] = { 0x1F600, 4 }, ["\244\143\191\191"] = { 0x10FFFF, 4 }, ["\192\128"] = { nil, 1 },
      ["\237\160\128"] = { nil, 1 }, ["\228\184"] = { nil, 1 }, ["\244\144\128\128"] = { nil, 1 },
    } do
      assert.same(expected, { characters.at(value, 1) })
    end
    assert.same({ 0xFC, 2 }, { characters.at("a\195\188", 2) })
  end)

  it("characters.flaw names the first quote, or the first character that is not visible ASCII, in a key", function()
    for given, flaw in pairs {
      ["abc\n"] = "a space or a control character at position 4",
      [" abc"] = "a space or a control character at position 1",
      ['"abc"'] = "a quote at position 1", ["ab'c"] = "a quote at position 3",
      ["abc\226\128\139"] = "the invisible character U+200B at position 4",
      ["\239\187\191abc"] = "the invisible character U+FEFF at position 1",
      ["a\194\160"] = "the character U+00A0 at position 2", ["a\255"] = "the byte 0xFF at position 2",
      ["a\0b"] = "a space or a control character at position 2",
    } do
      assert.equal(flaw, characters.flaw(given))
    end
    for byte = 0, 255 do
      local char = string.char(byte)
      local expected = (byte <= 32 or byte == 127) and "a space or a control character"
        or (char == '"' or char == "'" or char == "`") and "a quote" or byte > 127 and ("the byte 0x%02X"):format(byte)
      assert.equal(expected and expected .. " at position 3" or nil, characters.flaw("ab" .. char), byte)
    end
    assert.is_nil(characters.flaw "ABCabc019+/=-_.~!#$%&()*,:;<>?@[]^{|}")
  end)
end)
