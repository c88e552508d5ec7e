-- The table of regions, and the URLs that are made from it.

local regions = require "cbr.endpoint.regions"
local resolve = require "cbr.endpoint.resolve"

local function nothing() end

describe("the table of regions", function()
  it("the table of regions lists the 34 regions of Huawei Cloud, all with the usual form of host name", function()
    local count = 0
    for region in pairs(regions.huawei) do
      count = count + 1
      assert.same({ ("https://cbr.%s.myhuaweicloud.com"):format(region) }, assert(resolve.cbr(region, nothing)).urls)
    end
    assert.equal(34, count)
  end)

  it("the table of regions has the hosts of the three regions of Open Telekom Cloud", function()
    assert.same({ "https://cbr.eu-de.otc.t-systems.com" }, assert(resolve.cbr("eu-de", nothing)).urls)
    assert.same({ "https://cbr.eu-nl.otc.t-systems.com" }, assert(resolve.cbr("eu-nl", nothing)).urls)
    assert.same({ "https://cbr.eu-ch2.sc.otc.t-systems.com" }, assert(resolve.cbr("eu-ch2", nothing)).urls)
  end)

  it("the table of regions lists the 27 regions whose IAM has the usual form of host name", function()
    local count = 0
    for region in pairs(regions.with_iam) do
      count = count + 1
      assert.equal(("https://iam.%s.myhuaweicloud.com"):format(region), (resolve.iam(region, nothing)))
    end
    assert.equal(27, count)
  end)

  it("the table of regions has the hosts of IAM that differ from the usual form of host name", function()
    assert.equal("https://iam.eu-west-101.myhuaweicloud.eu", (resolve.iam("eu-west-101", nothing)))
    assert.equal("https://iam.eu-de.otc.t-systems.com", (resolve.iam("eu-de", nothing)))
    assert.equal("https://iam.eu-nl.otc.t-systems.com", (resolve.iam("eu-nl", nothing)))
    assert.equal("https://iam-pub.eu-ch2.sc.otc.t-systems.com", (resolve.iam("eu-ch2", nothing)))
  end)
end)
