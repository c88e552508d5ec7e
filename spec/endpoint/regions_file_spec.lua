-- The regions file of the official SDKs.

local regions_file = require "cbr.endpoint.regions_file"
local support = require "spec.helpers.support"

-- Returns what a regions file with this text gives for a region.
local function endpoints_of(region, text)
  local name = support.file(text)
  local urls, reason = regions_file.endpoints(region, function(variable)
    return variable == "HUAWEICLOUD_SDK_REGIONS_FILE" and name or nil
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

describe("a regions file", function()
  it("reads a regions file in every form that the SDKs document", function()
    assert.same({ "https://one" }, endpoints_of("cn-north-4", TEXT))
    assert.same({ "https://two", "https://three" }, endpoints_of("x-1", TEXT))
    assert.same({ "https://four", "https://five", "https://six" }, endpoints_of("x-2", TEXT))
  end)

  it("reads a regions file with Windows line ends", function()
    assert.same({ "https://two", "https://three" }, endpoints_of("x-1", (TEXT:gsub("\n", "\r\n"))))
  end)

  it("finds nothing for a region that the regions file has only for another service, or not at all", function()
    for _, region in ipairs { "x-3", "x-4" } do
      local urls, reason = endpoints_of(region, TEXT)
      assert.is_nil(urls)
      assert.is_nil(reason)
    end
  end)

  it("finds nothing for a region whose entry in the regions file has no endpoints", function()
    local urls, reason = endpoints_of("x-1", "CBR:\n  - id: x-1\n")
    assert.is_nil(urls)
    assert.is_nil(reason)
  end)

  it("finds the regions file in the home directory", function()
    local home = support.run("mktemp -d"):gsub("%s", "")
    support.run(("mkdir %s/.huaweicloud"):format(home))
    local file = assert(io.open(home .. "/.huaweicloud/regions.yaml", "w"))
    file:write(TEXT)
    file:close()
    for _, variable in ipairs { "HOME", "USERPROFILE" } do
      local urls = regions_file.endpoints("x-2", function(name) return name == variable and home or nil end)
      assert.equal("https://four", urls[1])
    end
    support.run("rm -rf " .. home)
  end)

  it("ignores a missing home directory, and a missing regions file in it", function()
    for _, home in ipairs { "/nowhere", false } do
      local urls, reason = regions_file.endpoints("x-1", function(name) return name == "HOME" and home or nil end)
      assert.is_nil(urls)
      assert.is_nil(reason)
    end
  end)

  it("fails when HUAWEICLOUD_SDK_REGIONS_FILE names a file that cannot be read", function()
    local urls, reason = regions_file.endpoints("x-1", function(name)
      return name == "HUAWEICLOUD_SDK_REGIONS_FILE" and "/nowhere/regions.yaml" or nil
    end)
    assert.is_nil(urls)
    assert.matches("cannot read /nowhere/regions.yaml", reason)
  end)

  it("names the line of a regions file that has an unknown form", function()
    local head = "CBR:\n  - id: x-1\n    endpoint: https://a\n"
    for _, line in ipairs { "    strange: { b: c }", "  free text", "    endpoints: { a: b }", "  - strange: x" } do
      local urls, reason = endpoints_of("x-1", head .. line .. "\n")
      assert.is_nil(urls)
      assert.matches("line 4 cannot be read", reason)
    end
  end)
end)
