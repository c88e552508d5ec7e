-- The version of cbr.

local cbr = require "cbr"
local support = require "spec.helpers.support"
local version = require "cbr.version"

describe("the version", function()
  it("the version of cbr consists of three numbers, and is also in cbr._VERSION", function()
    assert.matches("^%d+%.%d+%.%d+$", version)
    assert.equal(version, cbr._VERSION)
  end)

  it("the version of cbr is the first version in CHANGELOG.md", function()
    assert.equal(version, support.read "CHANGELOG.md":match "\n## %[?(%d+%.%d+%.%d+)")
  end)

  it("cbr.versions names everything that a bug report needs, as plain data", function()
    local versions = cbr.versions()
    assert.equal(version, versions.cbr)
    assert.equal(_G.jit and _G.jit.version or _VERSION, versions.lua)
    assert.matches("^%d+%.%d+%.%d+", versions.libcurl)
    assert.matches("^%a+/%S+", versions.tls)
    assert.matches("^%d+%.%d+$", versions.nettle)
    assert.equal(require "cjson"._VERSION, versions.cjson)
    local names = {}
    for name, value in pairs(versions) do
      names[#names + 1] = name
      assert.equal("string", type(value))
    end
    table.sort(names, function(a, b) return a < b end)
    assert.equal("cbr cjson libcurl lua nettle tls", table.concat(names, " "))
    versions.cbr = "changed"
    assert.equal(version, cbr.versions().cbr)
  end)

  it("the User-Agent contains the version of cbr", function()
    support.sandbox.reset()
    local client = support.client()
    assert(client:list_vault { limit = 1 })
    client:close()
    local agent = support.sandbox.requests()[1].headers["user-agent"]
    assert.equal(1, agent:find(("cbr/%s ("):format(version), 1, true))
  end)
end)
