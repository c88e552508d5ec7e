-- URLs as endpoints, which consist only of scheme, host and port.

local origin = require "cbr.endpoint.origin"

describe("an endpoint's URL", function()
  it("turns a URL into an origin without a path and without the default port", function()
    for given, expected in pairs {
      ["https://cbr.example.com"] = "https://cbr.example.com",
      ["https://cbr.example.com/"] = "https://cbr.example.com",
      ["cbr.example.com"] = "https://cbr.example.com",
      ["cbr.example.com:8443"] = "https://cbr.example.com:8443",
      ["HTTPS://cbr.example.com:443"] = "https://cbr.example.com",
      ["http://127.0.0.1:8080"] = "http://127.0.0.1:8080",
      ["http://localhost:80"] = "http://localhost",
      ["http://[::1]:8080"] = "http://[::1]:8080",
      ["https://[2001:db8::1]"] = "https://[2001:db8::1]",
    } do
      assert.equal(expected, origin.parse(given))
    end
  end)

  it("rejects a URL with another scheme, a path, a user or a bad port, and says why", function()
    for given, words in pairs {
      ["ftp://x.test"] = "neither https nor http",
      ["https://"] = "must be https://host",
      ["https://x.test/v3"] = "must be https://host",
      ["https://user:secret@x.test"] = "must be https://host",
      ["https://x.test?y"] = "must be https://host",
      ["https://x.test:0"] = "must be https://host",
      ["https://x.test:70000"] = "must be https://host",
      ["https://x.test:"] = "must be https://host",
      ["https://x.test\r\nX: y"] = "must be https://host",
    } do
      local parsed, reason = origin.parse(given)
      assert.is_nil(parsed, given)
      assert.matches(words, reason, 1, true)
    end
  end)

  it("rejects plain http to another machine, unless http is allowed", function()
    for _, given in ipairs {
      "http://cbr.example.com", "http://127.0.0.1.example.com", "http://localhost.example.com",
    } do
      local parsed, reason = origin.parse(given)
      assert.is_nil(parsed, given)
      assert.matches("is not encrypted", reason, 1, true)
      assert.equal(given, origin.parse(given, true))
    end
  end)

  it("turns a list of URLs into a list of origins", function()
    assert.same({ "https://a.test", "https://b.test:8443" }, origin.parse_all { "a.test", "https://b.test:8443/" })
    assert.same({ "http://a.test" }, origin.parse_all({ "http://a.test" }, true))
  end)

  it("rejects a list of endpoints that is empty or has a member that is not a URL", function()
    for words, urls in pairs {
      ["the list of endpoints is empty"] = {}, ["endpoint 2 must be a string, not a number"] = { "https://a.test", 5 },
      ["endpoint 'ftp://b.test' is neither"] = { "https://a.test", "ftp://b.test" },
    } do
      local origins, reason = origin.parse_all(urls)
      assert.is_nil(origins)
      assert.matches(words, reason, 1, true)
    end
  end)
end)
