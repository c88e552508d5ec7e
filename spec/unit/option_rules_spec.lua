-- cbr.option_rules: the options of the functions and the methods, as data.

local rules = require "cbr.option_rules"
local check_options = require "cbr.util.check_options"

describe("the rules of the options", function()
  it("each list of options contains each name once, with a type", function()
    for list, options in pairs(rules) do
      local seen = {}
      for _, rule in ipairs(options) do
        assert.is_nil(seen[rule.name], ("%s.%s"):format(list, rule.name))
        assert.is_truthy(rule.type)
        seen[rule.name] = true
      end
    end
  end)

  it("the error for a field of credentials among the options of cbr.new says where the field belongs", function()
    local ok, message = pcall(check_options, "cbr.new", rules.client, { access_key = "x" }, 2)
    assert.is_false(ok)
    assert.matches("unknown option 'access_key': it belongs in credentials = { access_key = … }", message, 1, true)
  end)

  it("an option of a call is an option of cbr.new too", function()
    local of_client = {}
    for _, rule in ipairs(rules.client) do
      of_client[rule.name] = rule
    end
    for _, rule in ipairs(rules.call) do
      assert.same(of_client[rule.name], rule)
    end
  end)
end)
