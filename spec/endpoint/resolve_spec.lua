-- From a region to the URLs that are called: environment first, then the regions file, then the table.

local resolve = require "cbr.endpoint.resolve"
local support = require "spec.helpers.support"

local function nothing() end

local function getenv_of(variables)
  return function(name) return variables[name] end
end

describe("resolving a region", function()
  it("accepts a region that is not in the table", function()
    assert.same({ "https://cbr.xx-new-7.myhuaweicloud.com" }, resolve.cbr("xx-new-7", nothing))
  end)

  it("rejects a region that cannot be part of a host name", function()
    for _, region in ipairs { "", "a b", "a/b", "a.b", "-a", "a\n", "a@b" } do
      local url, reason = resolve.cbr(region, nothing)
      assert.is_nil(url)
      assert.matches("is not a valid region id", reason)
    end
  end)

  it("suggests the region whose name is nearest to a misspelt one", function()
    local _, reason = resolve.cbr("eu_de", nothing)
    assert.equal("'eu_de' is not a valid region id (did you mean 'eu-de'?)", reason)
  end)

  it("uses a region's URLs from the environment before all others", function()
    local getenv = getenv_of { HUAWEICLOUD_SDK_REGION_CBR_CN_NORTH_4 = "https://one.test, https://two.test" }
    assert.same({ "https://one.test", "https://two.test" }, resolve.cbr("cn-north-4", getenv))
    assert.same({ "https://cbr.cn-east-3.myhuaweicloud.com" }, resolve.cbr("cn-east-3", getenv))
  end)

  it("uses the regions file before the table, and the environment before the file", function()
    local name = support.file "CBR:\n  - id: eu-de\n    endpoint: https://of-file.test\n"
    local variables = { HUAWEICLOUD_SDK_REGIONS_FILE = name }
    assert.same({ "https://of-file.test" }, resolve.cbr("eu-de", getenv_of(variables)))
    assert.same({ "https://cbr.eu-nl.otc.t-systems.com" }, resolve.cbr("eu-nl", getenv_of(variables)))
    variables.HUAWEICLOUD_SDK_REGION_CBR_EU_DE = "https://of-environment.test"
    assert.same({ "https://of-environment.test" }, resolve.cbr("eu-de", getenv_of(variables)))
    os.remove(name)
  end)

  it("fails when the regions file has a problem, instead of using the table", function()
    local urls, reason = resolve.cbr("eu-de", getenv_of {
      HUAWEICLOUD_SDK_REGIONS_FILE = "/nowhere/regions.yaml",
    })
    assert.is_nil(urls)
    assert.matches("cannot read /nowhere/regions.yaml", reason)
  end)

  it("uses the global IAM endpoint without a region, and for a region that is not in the table", function()
    assert.equal("https://iam.myhuaweicloud.com", resolve.iam("xx-new-7", nothing))
    assert.equal("https://iam.myhuaweicloud.com", resolve.iam(nil, nothing))
  end)

  it("uses HUAWEICLOUD_SDK_IAM_ENDPOINT for IAM, or else the scheme, host and port of OS_AUTH_URL", function()
    assert.equal("https://one", resolve.iam("eu-de", getenv_of {
      HUAWEICLOUD_SDK_IAM_ENDPOINT = "https://one", OS_AUTH_URL = "https://two/v3",
    }))
    assert.equal("https://two:5000", resolve.iam("eu-de", getenv_of { OS_AUTH_URL = "https://two:5000/v3" }))
    assert.equal("two", resolve.iam("eu-de", getenv_of { OS_AUTH_URL = "two/v3" }))
  end)
end)
