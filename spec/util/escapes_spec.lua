-- The decoders that replace the escapes in a text.

local escapes = require "cbr.util.escapes"

describe("decoding the escapes of a text", function()
  local percent, html, backslash = escapes.decoders[1], escapes.decoders[2], escapes.decoders[3]

  it("the percent decoder replaces each percent-encoded byte of a text, and decodes no byte twice", function()
    assert.equal("a/b %2F 5% %zz", percent "a%2fb %252F 5% %zz")
  end)

  it("the HTML decoder replaces references with or without a semicolon, and decodes no byte twice", function()
    assert.equal([[</> & &lt; "é" €]], html "&lt;&#47;&gt; &amp &amp;lt; &quot;&#xE9;&quot; &#8364;")
    assert.equal("a & b &unknown; &#; &#xFFFFFFFF; &#1114112;", html "a & b &unknown; &#; &#xFFFFFFFF; &#1114112;")
  end)

  it("the backslash decoder replaces each backslash escape of a text, and decodes no byte twice", function()
    assert.equal([[a/b"c\d é😀é \u0041 \]], backslash [[a\/b\"c\\d \u00e9\uD83D\ude00\xc3\xa9 \\u0041 \u005c]])
    assert.equal("a b c", backslash [[a\nb\tc]])
    assert.equal("unchanged\n", backslash "unchanged\n")
  end)
end)
