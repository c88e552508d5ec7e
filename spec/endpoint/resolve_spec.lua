-- From a region to the URLs that are called: environment first, then the regions file, then the table.

local resolve = require "cbr.endpoint.resolve"
local support = require "spec.helpers.support"

local function nothing() end

local function getenv_of(variables)
  return function(name) return variables[name] end
end

describe("resolving a region", function()
  local function urls_of(region, getenv)
    return assert(resolve.cbr(region, getenv)).urls
  end

  it("cbr accepts a region that its table does not list, and returns a warning about that region", function()
    assert.same({ "https://cbr.xx-new-7.myhuaweicloud.com" }, urls_of("xx-new-7", nothing))
    for region, doubt in pairs {
      ["xx-new-7"] = "cbr does not know a region 'xx-new-7'",
      ["cn-nort-4"] = "cbr does not know a region 'cn-nort-4' (did you mean 'cn-north-4'?)",
    } do
      assert.equal(doubt, resolve.cbr(region, nothing).doubt)
    end
    assert.is_nil(resolve.cbr("cn-north-4", nothing).doubt)
    assert.is_nil(resolve.cbr("xx-new-7", getenv_of { HUAWEICLOUD_SDK_REGION_CBR_XX_NEW_7 = "https://one.test" }).doubt)
  end)

  it("cbr reads a region id in upper or lower case", function()
    assert.same({ "https://cbr.eu-de.otc.t-systems.com" }, urls_of("EU-DE", nothing))
    assert.same({ "https://cbr.cn-north-4.myhuaweicloud.com" }, urls_of("CN-North-4", nothing))
    assert.same({ "https://one.test" }, urls_of("EU-DE", getenv_of {
      HUAWEICLOUD_SDK_REGION_CBR_EU_DE = "https://one.test",
    }))
    local name = support.file "CBR:\n  - id: Eu-De\n    endpoint: https://of-file.test\n"
    assert.same({ "https://of-file.test" }, urls_of("eu-DE", getenv_of { HUAWEICLOUD_SDK_REGIONS_FILE = name }))
    os.remove(name)
  end)

  it("cbr rejects a region that cannot be part of a host name", function()
    for _, region in ipairs { "", "a b", "a/b", "a.b", "-a", "a\n", "a@b", "\228-1" } do
      local url, reason = resolve.cbr(region, nothing)
      assert.is_nil(url)
      assert.matches("is not a valid region id", reason)
    end
  end)

  it("cbr suggests the region whose name is nearest to a misspelt region name", function()
    local _, reason = resolve.cbr("eu_de", nothing)
    assert.equal("'eu_de' is not a valid region id (did you mean 'eu-de'?)", reason)
  end)

  it("cbr uses a region's URLs from the environment before URLs from all other sources", function()
    local getenv = getenv_of { HUAWEICLOUD_SDK_REGION_CBR_CN_NORTH_4 = "https://one.test, https://two.test" }
    assert.same({ "https://one.test", "https://two.test" }, urls_of("cn-north-4", getenv))
    assert.same({ "https://cbr.cn-east-3.myhuaweicloud.com" }, urls_of("cn-east-3", getenv))
  end)

  it("cbr uses the regions file before the table, and the environment before the file", function()
    local name = support.file "CBR:\n  - id: eu-de\n    endpoint: https://of-file.test\n"
    local variables = { HUAWEICLOUD_SDK_REGIONS_FILE = name }
    assert.same({ "https://of-file.test" }, urls_of("eu-de", getenv_of(variables)))
    assert.same({ "https://cbr.eu-nl.otc.t-systems.com" }, urls_of("eu-nl", getenv_of(variables)))
    variables.HUAWEICLOUD_SDK_REGION_CBR_EU_DE = "https://of-environment.test"
    assert.same({ "https://of-environment.test" }, urls_of("eu-de", getenv_of(variables)))
    os.remove(name)
  end)

  it("cbr names the source of a region's URLs", function()
    local name = support.file "CBR:\n  - id: eu-de\n    endpoint: https://of-file.test\n"
    for setting, variables in pairs {
      HUAWEICLOUD_SDK_REGION_CBR_EU_DE = { HUAWEICLOUD_SDK_REGION_CBR_EU_DE = "https://one.test" },
      [name .. ": the endpoint of region eu-de"] = { HUAWEICLOUD_SDK_REGIONS_FILE = name },
      ["the endpoint of region eu-de"] = {},
    } do
      assert.equal(setting, resolve.cbr("eu-de", getenv_of(variables)).setting)
    end
    os.remove(name)
  end)

  it("cbr fails when the regions file has a problem, instead of using the table", function()
    local urls, reason = resolve.cbr("eu-de", getenv_of {
      HUAWEICLOUD_SDK_REGIONS_FILE = "/nowhere/regions.yaml",
    })
    assert.is_nil(urls)
    assert.matches("cannot read /nowhere/regions.yaml", reason)
  end)

  it("cbr derives the domain of a cloud from the host of that cloud's CBR service", function()
    for url, domain in pairs {
      ["https://cbr.cn-north-4.myhuaweicloud.com"] = "myhuaweicloud.com",
      ["https://cbr.eu-de.otc.t-systems.com"] = "otc.t-systems.com",
      ["https://cbr.region-1.cloud.example"] = "cloud.example",
    } do
      assert.equal(domain, resolve.domain(url))
    end
    for _, url in ipairs { "https://cbr.example", "https://10.0.0.1", "http://cbr.a.b.c", "https://cbr.a.b.c:8443" } do
      assert.is_nil(resolve.domain(url))
    end
  end)

  it("cbr uses the global IAM without a region, and for a region without an IAM of its own", function()
    local origin = "https://cbr.xx-new-7.myhuaweicloud.com"
    assert.equal("https://iam.myhuaweicloud.com", (resolve.iam("xx-new-7", nothing, origin)))
    assert.equal("https://iam.myhuaweicloud.com", (resolve.iam(nil, nothing, origin)))
    assert.equal("https://iam.myhuaweicloud.com", (resolve.iam("cn-north-11", nothing, "https://10.0.0.1")))
  end)

  it("cbr knows no IAM of a private cloud, so that the private cloud's passwords do not reach another cloud", function()
    for _, region in ipairs { "xx-new-7", "" } do
      local url, reason = resolve.iam(region ~= "" and region or nil, nothing, "https://cbr.private.cloud.example")
      assert.is_nil(url)
      assert.matches("iam_endpoint is not given", reason)
    end
  end)

  it("cbr uses HUAWEICLOUD_SDK_IAM_ENDPOINT before OS_AUTH_URL", function()
    assert.same({ "https://one", "HUAWEICLOUD_SDK_IAM_ENDPOINT" }, { resolve.iam("eu-de", getenv_of {
      HUAWEICLOUD_SDK_IAM_ENDPOINT = "https://one", OS_AUTH_URL = "https://two/v3",
    }) })
    assert.same({ "https://two:5000/v3", "OS_AUTH_URL" },
      { resolve.iam("eu-de", getenv_of { OS_AUTH_URL = "https://two:5000/v3" }) })
  end)

  it("cbr knows the STS of a Huawei Cloud region only for clients that use Huawei Cloud's IAM", function()
    local function none() end
    for iam, expected in pairs {
      ["https://iam.cn-north-4.myhuaweicloud.com"] = "https://sts.cn-north-4.myhuaweicloud.com",
      ["https://iam.myhuaweicloud.com"] = "https://sts.cn-north-4.myhuaweicloud.com",
      ["https://iam.private.test"] = false, ["https://iam.myhuaweicloud.com.evil.test"] = false,
      ["https://iam.myhuaweicloud.com:8443"] = false,
    } do
      assert.equal(expected, resolve.sts("cn-north-4", none, iam) or false, iam)
    end
    assert.is_nil(resolve.sts("eu-de", none, "https://iam.eu-de.otc.t-systems.com"))
    assert.is_nil(resolve.sts(nil, none, "https://iam.myhuaweicloud.com"))
    assert.is_nil(resolve.sts("cn-north-4", none, nil))
    local url, setting = resolve.sts(nil, function() return "https://sts.test" end, nil)
    assert.same({ "https://sts.test", "HUAWEICLOUD_SDK_STS_ENDPOINT" }, { url, setting })
  end)
end)
