-- Texts for messages: they are one line, and hide secrets and signatures.

local shown = require "cbr.util.shown"

describe("a shown text", function()
  it("a shown text is one line without line breaks and control characters", function()
    assert.equal("one two three", shown.line "\n one\r\n\ttwo \0\27 three \n")
    assert.equal("", shown.line " \n ")
  end)

  it("a shown text marks invisible and direction-changing characters, and bytes that are not UTF-8", function()
    for given, expected in pairs {
      ["a\226\128\174b"] = "a\\u{202E}b", ["\226\129\166x\226\129\169"] = "\\u{2066}x\\u{2069}",
      ["a\226\128\139b\239\187\191"] = "a\\u{200B}b\\u{FEFF}", ["\194\155m"] = "\\u{009B}m", ["\155m"] = "\\x9Bm",
      ["\226\128\168"] = "\\u{2028}", ["\194\173"] = "\\u{00AD}", ["\243\160\129\129"] = "\\u{E0041}",
      ["\216\156"] = "\\u{061C}", ["\192\128"] = "\\xC0\\x80", ["\237\160\128"] = "\\xED\\xA0\\x80",
      ["\226\128"] = "\\xE2\\x80",
      ["\244\144\128\128"] = "\\xF4\\x90\\x80\\x80",
    } do
      assert.equal(expected, shown.line(given))
    end
    for _, visible in ipairs { "größer, naïve", "备份 vault", "резерв", "バックアップ", "🙂 ok",
    "\194\160x" } do
      assert.equal(visible, shown.line(visible))
    end
    assert.equal(("é"):rep(498) .. "...", shown.line(("é"):rep(600)))
    assert.is_true(#shown.line(("\226\128\174"):rep(1e5)) <= 1000)
  end)

  it("a shown text is cut at its limit, and never inside a character", function()
    assert.equal(("x"):rep(1000), shown.line(("x"):rep(1000)))
    assert.equal(("x"):rep(997) .. "...", shown.line(("x"):rep(1001)))
    assert.equal("12345", shown.line("12345", 5))
    assert.equal("12...", shown.line("123456", 5))
    assert.equal("a...", shown.line("aéééé", 6))
    assert.equal("aé...", shown.line("aéééé", 7))
  end)

  it("a shown text hides every occurrence of every secret", function()
    assert.equal("a *** b *** c *** d", shown.redact("a secret-1 b secret-2 c secret-1 d", { "secret-1", "secret-2" }))
    assert.equal("***", shown.redact("secret.%d+", { "secret.%d+" })) -- the secret is not taken for a pattern
    assert.equal("******", shown.redact(("secret"):rep(2), { "secret" }))
  end)

  it("a shown text contains at most the first four characters of an access key", function()
    assert.equal("ak AKID*** and ***",
      shown.redact("ak AKIDEXAMPLE and a-secret", { "a-secret", access_key = "AKIDEXAMPLE" }))
    assert.equal("ak AKID not exist", shown.redact("ak AKID not exist", { access_key = "AKID" }))
  end)

  it("a shown text is unchanged if it has no secrets, or only secrets that are too short to be hidden", function()
    assert.equal("the key is not known", shown.redact("the key is not known", { "a-secret-key", "the", "" }))
    assert.equal("unchanged", shown.redact("unchanged", {}))
  end)

  local SECRET = 'Pa/ss"w0rd\\x&y<z>ä 42' -- a secret with a character for each kind of escape

  it("a shown text hides a secret with escapes, with escapes of several kinds, and with escaped escapes", function()
    for _, echo in ipairs {
      [[Pa\/ss\"w0rd\\x&y<z>ä 42]], [[Pa/ss\"w0rd\\x&y<z>\u00e4 42]],
      [[\u0050a\u002Fss\u0022w0rd\u005cx\u0026y\u003cz\u003e\u00E4\u002042]], [[Pa/ss\x22w0rd\x5Cx\x26y<z>ä 42]],
      "Pa%2Fss%22w0rd%5Cx%26y%3Cz%3E%C3%A4%2042", "Pa%2fss%22w0rd%5cx%26y%3cz%3e%c3%a4+42",
      "Pa/ss&quot;w0rd\\x&amp;y&lt;z&gt;ä 42", "Pa&#47;ss&#x22;w0rd&#X5C;x&#038;y&lt;z&gt;&#228;&nbsp;42",
      [[Pa\\\/ss\\\"w0rd\\\\x&y<z>ä 42]], "Pa%252Fss%2522w0rd%255Cx%2526y%253Cz%253E%25C3%25A4%252042",
      [[Pa\/ss&quot;w0rd\\x&amp;y%3Cz%3Eä 42]], "Pa&amp;#47;ss&amp;quot;w0rd\\x&amp;amp;y&amp;lt;z&amp;gt;ä 42",
    } do
      assert.equal("bad: *** is not known", shown.redact(("bad: %s is not known"):format(echo), { SECRET }), echo)
    end
    assert.equal("a *** b *** c", shown.redact("a Pa%2Fss%22w0rd b Pa/ss&quot;w0rd c", { 'Pa/ss"w0rd' }))
    assert.equal("a *** b", shown.redact([[a se\ud83d\ude00cret b]], { "se😀cret" }))
    assert.equal("AKID*** 5%", shown.redact("AKID%45XAMPLE 5%", { access_key = "AKIDEXAMPLE" }))
  end)

  it("a shown text hides a secret that is broken by spaces, line ends, or control or invisible characters", function()
    for _, gap in ipairs { " ", "\r\n\t", "\0", "\226\128\139", "\194\173", "%0A", "&#8203;", "\\n", "\\u200b" } do
      local echo = ("bad: a-se%scret%s-key!"):format(gap, gap)
      assert.equal("bad: ***!", shown.redact(echo, { "a-secret-key" }), echo)
    end
    assert.equal("ä *** ***", shown.redact("ä my secret  words my secretwords", { "my secret words" }))
  end)

  it("a shown text hides a secret that is encoded in base64, at any position in the encoded text", function()
    local secret = "a+secret/key~with?32 characters!"
    for echo, hidden in pairs {
      ["x YStzZWNyZXQva2V5fndpdGg/MzIgY2hhcmFjdGVycyE= y"] = "x *** y", -- only the secret is encoded
      -- Two bytes are encoded before the secret.
      ["Basic dTphK3NlY3JldC9rZXl+d2l0aD8zMiBjaGFyYWN0ZXJzIQ== y"] = "Basic *** y",
      ["Basic dXM6YStzZWNyZXQva2V5fndpdGg/MzIgY2hhcmFjdGVycyE="] = "Basic ***", -- three bytes before the secret
      ["Basic dXNlOmErc2VjcmV0L2tleX53aXRoPzMyIGNoYXJhY3RlcnMh."] = "Basic ***.", -- four bytes before the secret
      ["YStzZWNyZXQva2V5fndpdGg_MzIgY2hhcmFjdGVycyE"] = "***", -- base64 for URLs
      ["a YStzZWNyZXQva2V5fndpd\nGg/MzIgY2hhcmFjdGVy\ncyE= b"] = "a *** b", -- base64 in several lines
      ["%59StzZWNyZXQva2V5fndpdGg%2FMzIgY2hhcmFjdGVycyE%3D"] = "***",
    } do
      assert.equal(hidden, shown.redact(echo, { secret }))
    end
  end)

  it("a shown text hides the first part of a secret whose end was cut off", function()
    local secret = ("0123456789abcdefXYZ-"):rep(500)
    assert.equal("token ***...", shown.redact("token " .. secret:sub(1, 30) .. "...", { secret }))
    assert.equal("token ***, *** end", shown.redact(("token %s, %s end"):format(secret, secret), { secret }))
    assert.equal("token 0123456789", shown.redact("token 0123456789", { secret }))
  end)

  it("a shown text with escapes, but without secrets, is unchanged", function()
    local echo = [[100%25 of C:\dir &lt; &#47; \u0041, aGVsbG8gd29ybGQ=]]
    assert.equal(echo, shown.redact(echo, { "a-secret-key", access_key = "AKIDEXAMPLE" }))
  end)

  it("a shown text hides signatures, but no other digits, and no ids", function()
    local signature = ("0123456789abcdef"):rep(4)
    for echo, hidden in pairs {
      ["SignedHeaders=host, Signature=%s."] = "SignedHeaders=host, Signature=***.", ['{"SIGNATURE": "%s"}'] =
      '{"SIGNATURE": "***"}', ["Signature%%3D%s"] = "Signature%***", ["signature\\u003d%s"] = "signature\\u***",
      ["Signature=%s Signature=%s"] = "Signature=*** Signature=***",
    } do
      assert.equal(hidden, shown.redact(echo:format(signature, signature), {}))
    end
    for _, echo in ipairs {
      "verify aksk signature fail, request " .. signature, "signature expired: 20261126T081829Z", signature,
      "a signature", "Signature=" .. signature:sub(1, 15),
    } do
      assert.equal(echo, shown.redact(echo, {}))
    end
  end)

  it("shown.redact_all replaces secrets in all strings of a table, and in the names of the table's fields", function()
    assert.same({ a = { "*** b", 5, true }, ["c ***"] = "id" }, shown.redact_all({
      a = { "a%2Fsecret b", 5, true }, ["c a/secret"] = "id",
    }, { "a/secret" }))
  end)

  it("shown.redact searches a long text in a short time, whatever characters the text has #many", function()
    local before = os.clock()
    for _, part in ipairs {
      "\\", "&amp;", "%25", "&#x5c;%5C\\u0026", "signature", "é\226\128\139 ", "k ", "kkkkkkkl",
    } do
      shown.redact(part:rep(math.floor(65536 / #part)), { ("k"):rep(40), access_key = ("k"):rep(20) })
    end
    assert.is_true(os.clock() - before < 20) -- quadratic work would take much longer than this
  end)

  it("shown.clean makes each field one line, cuts it at its limit, and hides secrets and the user of a URL", function()
    local fields = { kind = "a\nb", message = "see http://user:pw@host/\na-secret", code = "123456", status = 5 }
    shown.clean(fields, { code = 5 }, { "a-secret" })
    assert.same({ kind = "a\nb", message = "see http://***@host/ ***", code = "12...", status = 5 }, fields)
  end)
end)
