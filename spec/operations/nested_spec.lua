-- Rules of nested fields that several operations share.

local nested = require "cbr.operations.nested"
local regions = require "cbr.endpoint.regions"

describe("operations: shared nested rules", function()
  it("the list of regions is sorted by bytes, and has each region once", function()
    assert.equal(37, #nested.REGIONS)
    for i, name in ipairs(nested.REGIONS) do
      assert.is_true(regions.all[name])
      assert.is_true(i == 1 or nested.REGIONS[i - 1] < name)
    end
  end)

  it("a tag that is added must have a value, but a tag that is deleted need not have a value", function()
    assert.is_true(nested.tag[2].required)
    assert.is_nil(nested.tag_or_key[2].required)
  end)

  it("every rule of a nested parameter has a name and a type", function()
    local count = 0
    for _, rules in pairs(nested) do
      for _, rule in ipairs(type(rules[1]) == "table" and rules or {}) do
        assert.is_string(rule.name)
        assert.is_string(rule.type)
        count = count + 1
      end
    end
    assert.is_true(count > 30)
  end)
end)
