local endpoints = require "cbr.endpoint.regions"

local function nothing() end

describe("endpoints", function()
  it("know the 34 regions of Huawei Cloud and the three of Open Telekom Cloud", function()
    assert.equal(34, #endpoints.huawei)
    local seen = {}
    for _, region in ipairs(endpoints.huawei) do
      assert.is_nil(seen[region], region .. " is listed twice")
      seen[region] = true
      assert.same({ ("https://cbr.%s.myhuaweicloud.com"):format(region) }, endpoints.of_region(region, nothing))
    end
    assert.same({ "https://cbr.eu-de.otc.t-systems.com" }, endpoints.of_region("eu-de", nothing))
    assert.same({ "https://cbr.eu-nl.otc.t-systems.com" }, endpoints.of_region("eu-nl", nothing))
    assert.same({ "https://cbr.eu-ch2.sc.otc.t-systems.com" }, endpoints.of_region("eu-ch2", nothing))
  end)

  it("never refuse a region that they do not know", function()
    assert.same({ "https://cbr.xx-new-7.myhuaweicloud.com" }, endpoints.of_region("xx-new-7", nothing))
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
    assert.same({ "https://one.test", "https://two.test" }, endpoints.of_region("cn-north-4", getenv))
    assert.same({ "https://cbr.cn-east-3.myhuaweicloud.com" }, endpoints.of_region("cn-east-3", getenv))
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

  it("know where IAM is, exceptions and all", function()
    local function iam(region, variables)
      return endpoints.of_iam(region, function(name) return (variables or {})[name] end)
    end
    local count = 0
    for region in pairs(endpoints.iam_regions) do
      count = count + 1
      assert.equal(("https://iam.%s.myhuaweicloud.com"):format(region), iam(region))
    end
    assert.equal(27, count)
    assert.equal("https://iam.eu-west-101.myhuaweicloud.eu", iam "eu-west-101")
    assert.equal("https://iam.eu-de.otc.t-systems.com", iam "eu-de")
    assert.equal("https://iam.eu-nl.otc.t-systems.com", iam "eu-nl")
    assert.equal("https://iam-pub.eu-ch2.sc.otc.t-systems.com", iam "eu-ch2")
    assert.equal("https://iam.myhuaweicloud.com", iam "xx-new-7")
    assert.equal("https://iam.myhuaweicloud.com", iam(nil))
    assert.equal("https://one", iam("eu-de", {
      HUAWEICLOUD_SDK_IAM_ENDPOINT = "https://one", OS_AUTH_URL = "https://two/v3",
    }))
    assert.equal("https://two:5000", iam("eu-de", { OS_AUTH_URL = "https://two:5000/v3" }))
  end)

  describe("in a regions file", function()
    local support = require "spec.helpers.support"

    local function of_region(region, text, variables)
      local name = support.file(text)
      local urls, reason = endpoints.of_region(region, function(variable)
        if variable == "HUAWEICLOUD_SDK_REGIONS_FILE" then
          return name
        end
        return (variables or {})[variable]
      end)
      os.remove(name)
      return urls, reason
    end

    local TEXT = [[
# regions
---
ECS:
  - id: cn-north-4
    endpoint: https://not-ours
CBR:
  - id: 'cn-north-4'
    endpoint: 'https://one'   # the first
  - id: "x-1"
    endpoints:
      - https://two
      - 'https://three'

  - id: x-2
    endpoint: https://four
    endpoints: [ https://five, 'https://six' ]
IAM:
- id: x-3
  endpoint: https://not-ours
]]

    it("are read in every form that the SDKs document", function()
      assert.same({ "https://one" }, of_region("cn-north-4", TEXT))
      assert.same({ "https://two", "https://three" }, of_region("x-1", TEXT))
      assert.same({ "https://four", "https://five", "https://six" }, of_region("x-2", TEXT))
      assert.same({ "https://cbr.x-3.myhuaweicloud.com" }, of_region("x-3", TEXT))
      assert.same({ "https://env" }, of_region("x-1", TEXT, { HUAWEICLOUD_SDK_REGION_CBR_X_1 = "https://env" }))
      assert.same({ "https://two", "https://three" }, of_region("x-1", (TEXT:gsub("\n", "\r\n"))))
    end)

    it("are found in the home directory", function()
      local home = support.run("mktemp -d"):gsub("%s", "")
      support.run(("mkdir %s/.huaweicloud"):format(home))
      local file = assert(io.open(home .. "/.huaweicloud/regions.yaml", "w"))
      file:write(TEXT)
      file:close()
      local urls = endpoints.of_region("x-2", function(name) return name == "HOME" and home or nil end)
      support.run("rm -rf " .. home)
      assert.equal("https://four", urls[1])
    end)

    it("are refused where the file cannot be read", function()
      local urls, reason = of_region("x-1", "CBR:\n  - id: x-1\n    endpoint: https://a\n    strange: { b: c }\n")
      assert.is_nil(urls)
      assert.matches("line 4 is not of the form that is read", reason)
      urls, reason = endpoints.of_region("x-1", function(name)
        return name == "HUAWEICLOUD_SDK_REGIONS_FILE" and "/nowhere/regions.yaml" or nil
      end)
      assert.is_nil(urls)
      assert.matches("cannot read /nowhere/regions.yaml", reason)
    end)
  end)
end)
