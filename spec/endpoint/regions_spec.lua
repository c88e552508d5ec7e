-- The regions as data.

local endpoints = require "cbr.endpoint.regions"

local function nothing() end

describe("the table of regions", function()
  it("lists the 34 regions of Huawei Cloud, each once, and each with the usual host", function()
    assert.equal(34, #endpoints.huawei)
    local seen = {}
    for _, region in ipairs(endpoints.huawei) do
      assert.is_nil(seen[region], region .. " is listed twice")
      seen[region] = true
      assert.same({ ("https://cbr.%s.myhuaweicloud.com"):format(region) }, endpoints.of_region(region, nothing))
    end
  end)

  it("has the hosts of the three regions of Open Telekom Cloud", function()
    assert.same({ "https://cbr.eu-de.otc.t-systems.com" }, endpoints.of_region("eu-de", nothing))
    assert.same({ "https://cbr.eu-nl.otc.t-systems.com" }, endpoints.of_region("eu-nl", nothing))
    assert.same({ "https://cbr.eu-ch2.sc.otc.t-systems.com" }, endpoints.of_region("eu-ch2", nothing))
  end)

  it("lists the 27 regions whose IAM has the usual host", function()
    local count = 0
    for region in pairs(endpoints.iam_regions) do
      count = count + 1
      assert.equal(("https://iam.%s.myhuaweicloud.com"):format(region), endpoints.of_iam(region, nothing))
    end
    assert.equal(27, count)
  end)

  it("has the hosts of IAM that differ from the usual", function()
    assert.equal("https://iam.eu-west-101.myhuaweicloud.eu", endpoints.of_iam("eu-west-101", nothing))
    assert.equal("https://iam.eu-de.otc.t-systems.com", endpoints.of_iam("eu-de", nothing))
    assert.equal("https://iam.eu-nl.otc.t-systems.com", endpoints.of_iam("eu-nl", nothing))
    assert.equal("https://iam-pub.eu-ch2.sc.otc.t-systems.com", endpoints.of_iam("eu-ch2", nothing))
  end)
end)
