-- The URL of a service becomes an origin, which consists of scheme, host and port.

local origin = require "cbr.endpoint.origin"

describe("the URL of a service", function()
  local function parse(url, rules)
    rules = rules or {}
    rules.setting = "endpoint"
    return origin.parse(url, rules)
  end

  it("the URL of a service becomes an origin without a path and without the default port", function()
    for given, expected in pairs {
      ["https://cbr.example.com"] = "https://cbr.example.com",
      ["https://cbr.example.com/"] = "https://cbr.example.com",
      ["https://cbr.example.com//"] = "https://cbr.example.com",
      ["cbr.example.com"] = "https://cbr.example.com",
      ["cbr.example.com:8443"] = "https://cbr.example.com:8443",
      ["HTTPS://cbr.example.com:443"] = "https://cbr.example.com",
      ["https://cbr.example.com:0443/"] = "https://cbr.example.com",
      ["https://cbr.example.com:08443"] = "https://cbr.example.com:8443",
      ["http://127.0.0.1:8080"] = "http://127.0.0.1:8080",
      ["http://localhost:80"] = "http://localhost",
      ["http://[::1]:8080"] = "http://[::1]:8080",
      ["https://[2001:db8::1]"] = "https://[2001:db8::1]",
    } do
      assert.equal(expected, (parse(given)))
    end
  end)

  it("a service URL with another scheme, a path, a bad port or a strange character is rejected", function()
    for given, words in pairs {
      ["ftp://x.test"] = "endpoint 'ftp://x.test' is neither https nor http",
      ["https://"] = "must be https://host",
      [""] = "must be https://host",
      ["https:///x.test"] = "must be https://host",
      ["https:/x.test"] = "must be https://host",
      ["https://x.test/v3"] = "must be https://host",
      ["https://x.test?y"] = "must be https://host",
      ["https://x.test#y"] = "must be https://host",
      ["https://x.test:0"] = "must be https://host",
      ["https://x.test:000080"] = "must be https://host",
      ["https://x.test:70000"] = "must be https://host",
      ["https://x.test:"] = "must be https://host",
      ["https://x.test:8o"] = "must be https://host",
      ["https://x.test\r\nX: y"] = "must be https://host",
      ["https://x.test\\@evil.test"] = "must not contain a user",
      ["https://x.test\\evil.test"] = "must be https://host",
      ["https://x.test/\\"] = "must be https://host",
      [" https://x.test"] = "must be https://host",
      ["https://x.test "] = "must be https://host",
      ["https://x%2etest"] = "must be https://host",
      ["https://x\226\128\139.test"] = "must be https://host",
      ["https://x.test\0.evil.test"] = "must be https://host",
    } do
      local parsed, reason = parse(given)
      assert.is_nil(parsed, given)
      assert.matches(words, reason, 1, true)
    end
    local parsed, reason = parse(5)
    assert.is_nil(parsed)
    assert.equal("endpoint must be a string, not a number", reason)
  end)

  it("a service URL with a user, a password or a query is rejected, and the error shows none of the three", function()
    for _, given in ipairs {
      "https://user:a-secret@x.test", "user:a-secret@x.test", "https://a-secret@x.test",
      "http://127.0.0.1@x.test/a-secret", "https://x.test/?token=a-secret", "x.test#a-secret", "ftp://x.test?a-secret",
    } do
      for _, has_path in ipairs { true, false } do
        local parsed, reason = parse(given, { has_path = has_path })
        assert.is_nil(parsed, given)
        assert.is_nil(reason:find("a-secret", 1, true), reason)
      end
    end
  end)

  it("plain http is accepted only if the parsed host is a loopback address, unless http is allowed", function()
    for _, given in ipairs {
      "http://localhost", "http://LOCALHOST", "http://127.0.0.1", "http://127.9.8.7", "http://[::1]",
    } do
      assert.equal(given, (parse(given)))
    end
    for _, given in ipairs {
      "http://cbr.example.com", "http://127.0.0.1.example.com", "http://localhost.example.com", "http://127.1",
      "http://127.0.0.256", "http://127.0.0.08", "http://127.0.0.1.", "http://0127.0.0.1", "http://[::2]",
      "http://169.254.169.254",
    } do
      local parsed, reason = parse(given)
      assert.is_nil(parsed, given)
      assert.equal(("endpoint '%s' is not encrypted; use https, or set allow_http"):format(given), reason)
      assert.equal(given, (parse(given, { allow_http = true })))
    end
  end)

  it("plain http to a link-local address is accepted only for addresses at which the cloud has services", function()
    for _, given in ipairs { "http://169.254.169.254", "http://169.254.1.1:8080" } do
      assert.is_nil((parse(given)))
      assert.equal(given, (parse(given, { is_local = true })))
    end
    for _, given in ipairs {
      "http://169.254.1.1.evil.test", "http://169.255.1.1", "http://169.254.1", "http://10.0.0.1", "http://10.254.1.1",
    } do
      assert.is_nil((parse(given, { is_local = true })), given)
    end
  end)

  it("the path of a service URL is returned if a path is allowed, and a query is rejected", function()
    local rules = { has_path = true }
    assert.same({ "https://x.test:8443", "/v3/a%20b" }, { parse("https://x.test:8443/v3/a%20b", rules) })
    assert.same({ "https://x.test", "" }, { parse("https://x.test", rules) })
    assert.same({ "http://127.0.0.1", "/@x.test" }, { parse("http://127.0.0.1/@x.test", rules) })
    for _, given in ipairs {
      "https://x.test/a?b", "https://x.test/a#b", "https://x.test/a b", "https://x.test/a\\b",
    } do
      local parsed, reason = parse(given, rules)
      assert.is_nil(parsed, given)
      assert.matches("must be https://host/path", reason, 1, true)
    end
  end)

  it("a host without a scheme is rejected for settings that need a scheme", function()
    local parsed, reason = parse("169.254.169.254", { needs_scheme = true, is_local = true })
    assert.is_nil(parsed)
    assert.equal("endpoint '169.254.169.254' must be http(s)://host or http(s)://host:port", reason)
  end)

  it("a list of URLs is split into its origins", function()
    assert.same({ "https://a.test", "https://b.test:8443" },
      origin.parse_all({ "a.test", "https://b.test:8443/" }, { setting = "endpoint" }))
    assert.same({ "http://a.test" }, origin.parse_all({ "http://a.test" }, { setting = "endpoint", allow_http = true }))
  end)

  it("a list of endpoints is rejected if it is empty or has a member that is not a URL", function()
    for words, urls in pairs {
      ["endpoint is an empty list"] = {}, ["endpoint must be a string, not a number"] = { "https://a.test", 5 },
      ["endpoint 'ftp://b.test' is neither"] = { "https://a.test", "ftp://b.test" },
    } do
      local origins, reason = origin.parse_all(urls, { setting = "endpoint" })
      assert.is_nil(origins)
      assert.matches(words, reason, 1, true)
    end
  end)
end)
