-- The regions file of the official SDKs.

local regions_file = require "cbr.endpoint.regions_file"
local support = require "spec.helpers.support"

-- Returns a region's endpoints in a regions file that has this text.
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
  it("cbr reads a regions file in every form that the SDKs document", function()
    assert.same({ "https://one" }, endpoints_of("cn-north-4", TEXT))
    assert.same({ "https://two", "https://three" }, endpoints_of("x-1", TEXT))
    assert.same({ "https://four", "https://five", "https://six" }, endpoints_of("x-2", TEXT))
  end)

  it("cbr reads a regions file with Windows line ends", function()
    assert.same({ "https://two", "https://three" }, endpoints_of("x-1", (TEXT:gsub("\n", "\r\n"))))
  end)

  it("cbr finds nothing in a regions file that lacks the region, or has only other services for it", function()
    for _, region in ipairs { "x-3", "x-4" } do
      local urls, reason = endpoints_of(region, TEXT)
      assert.is_nil(urls)
      assert.is_nil(reason)
    end
  end)

  it("the error says which field of a regions file needs a URL, and which field needs a list of URLs", function()
    for field, needed in pairs { endpoint = "a URL", endpoints = "a list of URLs" } do
      local urls, reason = endpoints_of("x-1", ("CBR:\n  - id: x-1\n    %s: { a: b }\n"):format(field))
      assert.is_nil(urls)
      assert.matches(("'%s' needs %s"):format(field, needed), reason, 1, true)
      assert.equal(field == "endpoints", reason:find("a list of", 1, true) ~= nil)
    end
  end)

  it("cbr fails for a region that the regions file lists without an endpoint", function()
    for _, text in ipairs { "CBR:\n  - id: x-1\n", "CBR:\n  - {id: x-1, endpoints: []}\n" } do
      local urls, reason = endpoints_of("x-1", text)
      assert.is_nil(urls)
      assert.matches("line 2 cannot be read: region 'x-1' has no endpoint", reason, 1, true)
    end
    assert.same({ "https://a" }, endpoints_of("x-1", "CBR:\n  - id: x-1\n  - id: x-1\n    endpoint: https://a\n"))
  end)

  it("cbr reads a regions file in every form in which YAML can write it", function()
    local entry = "id: x-1, endpoint: 'https://own'"
    for _, text in ipairs {
      '"CBR":\n  - id: x-1\n    endpoint: https://own\n',
      "'CBR':\n  - 'id': x-1\n    \"endpoint\": https://own\n",
      "CBR :\n  - id : x-1\n    endpoint : https://own\n", "CBR: [{" .. entry .. "}]\n",
      "CBR:\n  - {" .. entry .. "}\n",
      "CBR: [\n  {id: x-1,\n   endpoints: [https://own]}, # the only one\n]\n",
      "  CBR:\n    - id: x-1\n      endpoint: https://own\n", '{"CBR":[{"id":"x-1","endpoint":"https://own"}]}',
      "CBR: # backups\n  - id: x-1 # main\n    endpoint: https://own # own\n",
      "cbr:\n- endpoint: https://own\n  id: x-1",
      "CBR:\r\n  - id: x-1\r\n    endpoint: https://own\r\n", "CBR:\r  - id: x-1\r    endpoint: https://own\r",
      "\239\187\191CBR:\n  - id: x-1\n    endpoint: https://own\n",
      "%YAML 1.2\n---\nCBR:\n  - id: x-1\n    endpoint: https://own\n...\n",
      "CBR:\n  -\n    id: x-1\n    endpoint: https://own\n",
      "CBR:\n  - id: X-1\n    endpoints:\n    - https://own\n",
      "ECS:\n  - id: x-1\n    endpoint: https://other\n    name: [any, {a: b}]\nCBR:\n  - "
        .. entry:gsub(", ", "\n    "),
    } do
      local urls, reason = endpoints_of("x-1", text)
      assert.same({ "https://own" }, urls, text .. tostring(reason))
    end
  end)

  it("cbr finds nothing in a regions file without entries of CBR", function()
    for _, text in ipairs {
      "", "\n# nothing\n", "---\n", "CBR:\n", "CBR: []\n", "CBR: ~\n", "ECS:\n  - id: x-1\n",
    } do
      local urls, reason = endpoints_of("x-1", text)
      assert.is_nil(urls, text)
      assert.is_nil(reason)
    end
  end)

  it("cbr finds the regions file in the home directory", function()
    local home = support.run("mktemp -d"):gsub("%s", "")
    support.run(("mkdir %s/.huaweicloud"):format(home))
    local file = assert(io.open(home .. "/.huaweicloud/regions.yaml", "w"))
    file:write(TEXT)
    file:close()
    local urls = regions_file.endpoints("x-2", function(name) return name == "HOME" and home or nil end)
    assert.equal("https://four", urls[1])
    support.run("rm -rf " .. home)
  end)

  it("cbr ignores a missing home directory, and a missing regions file in it", function()
    for _, home in ipairs { "/nowhere", false } do
      local urls, reason = regions_file.endpoints("x-1", function(name) return name == "HOME" and home or nil end)
      assert.is_nil(urls)
      assert.is_nil(reason)
    end
  end)

  it("cbr fails when the regions file exists but cannot be read", function()
    local home = support.run("mktemp -d"):gsub("%s", "")
    support.run(("mkdir -p %s/.huaweicloud/regions.yaml"):format(home))
    for words, variables in pairs {
      ["cannot read /nowhere/regions.yaml: No such file"] = {
        HUAWEICLOUD_SDK_REGIONS_FILE = "/nowhere/regions.yaml",
      },
      ["regions.yaml: not a regular file"] = { HOME = home },
    } do
      local urls, reason = regions_file.endpoints("x-1", function(name) return variables[name] end)
      assert.is_nil(urls)
      assert.matches(words, reason, 1, true)
    end
    support.run("rm -rf " .. home)
  end)

  it("the error names the line of a regions file that has an unknown form", function()
    local head = "CBR:\n  - id: x-1\n    endpoint: https://a\n"
    for _, line in ipairs {
      "    strange: { b: c }", "  free text", "    endpoints: { a: b }", "  - strange: x",
      "    endpoints: [[https://a]]", "    endpont: https://a", "    endpoints: *all", "    endpoints: [https://b",
      "\t- id: x-2", "  - id: [x-2]", "  - x-2", "  - endpoint: https://b", "    endpoint: https://b", "CBR: []",
      "cbr: []", "   - id: x-2", "    endpoints: |", "x",
      "    endpoints: 'https://b", "    endpoints: !list [a]", "    endpoints: ~",
    } do
      local urls, reason = endpoints_of("x-1", head .. line .. "\n")
      assert.is_nil(urls, line)
      assert.matches("line 4 cannot be read: ", reason, 1, true)
    end
    for _, text in ipairs { "- id: x-1\n", "CBR\n", "CBR: x-1\n", "CBR: {x-1: https://a}\n", "&a CBR:\n" } do
      local urls, reason = endpoints_of("x-1", text)
      assert.is_nil(urls, text)
      assert.matches("line 1 cannot be read: ", reason, 1, true)
    end
  end)

  it("the error about an unknown key in a regions file suggests the key that was meant", function()
    local _, reason = endpoints_of("x-1", "CBR:\n  - id: x-1\n    endpont: https://a\n")
    assert.matches("line 3 cannot be read: the key 'endpont' is unknown (did you mean 'endpoint'?)", reason, 1, true)
  end)
end)
