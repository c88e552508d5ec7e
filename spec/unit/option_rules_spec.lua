-- cbr.option_rules: the options of the functions and the methods, as data.

local rules = require "cbr.option_rules"
local check_options = require "cbr.util.check_options"
local tables = require "cbr.util.tables"

describe("the rules of the options", function()
  it("each list of options contains each name once, with a type", function()
    for _, list in ipairs { "client", "call", "wait", "find_order", "map" } do
      local options, seen = rules[list], {}
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

  it("an option of a call is an option of cbr.new too, and has the default of the client", function()
    local of_client = {}
    for _, rule in ipairs(rules.client) do
      of_client[rule.name] = tables.copy(rule)
      of_client[rule.name].default = nil
    end
    for _, rule in ipairs(rules.call) do
      assert.same(of_client[rule.name], rule)
    end
  end)

  it("the defaults of cbr.new that are numbers are valid values of their options", function()
    check_options("cbr.new", rules.client, rules.defaults, 2)
    assert.same({ 60, 10, 4, 0.5, 10, 16 * 1024 * 1024, 256 * 1024 }, {
      rules.defaults.timeout, rules.defaults.connect_timeout, rules.defaults.max_attempts, rules.defaults.retry_pause,
      rules.defaults.settle_time, rules.defaults.max_response, rules.defaults.max_head,
    })
  end)
end)
