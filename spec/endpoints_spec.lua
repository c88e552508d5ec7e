local endpoints = require "cbr.endpoints"

local function nothing() end

describe("endpoints", function()
  it("know the 34 regions of Huawei Cloud and the three of Open Telekom Cloud", function()
    assert.equal(34, #endpoints.huawei)
    local seen = {}
    for _, region in ipairs(endpoints.huawei) do
      assert.is_nil(seen[region], region .. " is listed twice")
      seen[region] = true
      assert.equal(("https://cbr.%s.myhuaweicloud.com"):format(region), endpoints.of_region(region, nothing))
    end
    assert.equal("https://cbr.eu-de.otc.t-systems.com", endpoints.of_region("eu-de", nothing))
    assert.equal("https://cbr.eu-nl.otc.t-systems.com", endpoints.of_region("eu-nl", nothing))
    assert.equal("https://cbr.eu-ch2.sc.otc.t-systems.com", endpoints.of_region("eu-ch2", nothing))
  end)

  it("never refuse a region that they do not know", function()
    assert.equal("https://cbr.xx-new-7.myhuaweicloud.com", endpoints.of_region("xx-new-7", nothing))
  end)

  it("refuse what cannot be a host name", function()
    for _, region in ipairs { "", "a b", "a/b", "a.b", "-a", "a\n", "a@b" } do
      local url, reason = endpoints.of_region(region, nothing)
      assert.is_nil(url)
      assert.matches("is no region id", reason)
    end
  end)

  it("let the environment go first, as the official SDKs do", function()
    local function getenv(name)
      return name == "HUAWEICLOUD_SDK_REGION_CBR_CN_NORTH_4" and "https://one.test, https://two.test" or nil
    end
    assert.equal("https://one.test", endpoints.of_region("cn-north-4", getenv))
    assert.equal("https://cbr.cn-east-3.myhuaweicloud.com", endpoints.of_region("cn-east-3", getenv))
  end)

  it("read any URL without a path", function()
    for given, origin in pairs {
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
      assert.equal(origin, endpoints.parse(given))
    end
  end)

  it("say what is wrong with one", function()
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
      ["http://cbr.example.com"] = "is not encrypted",
      ["http://127.0.0.1.example.com"] = "is not encrypted",
      ["http://localhost.example.com"] = "is not encrypted",
    } do
      local origin, reason = endpoints.parse(given)
      assert.is_nil(origin, given)
      assert.matches(words, reason, 1, true)
    end
    assert.equal("http://cbr.example.com", endpoints.parse("http://cbr.example.com", true))
  end)
end)
