-- cbr_cli.options: values of the command line.

require "spec.helpers.command"
local options = require "cbr_cli.options"
local support = require "spec.helpers.support"

describe("the options of the command", function()
  it("a duration is a number with a unit, or a number of seconds", function()
    local seconds_of = { ["90"] = 90, ["0.5"] = 0.5, ["90s"] = 90, ["2m"] = 120, ["1h"] = 3600, ["2d"] = 172800 }
    for text, seconds in pairs(seconds_of) do
      assert.equal(seconds, (options.seconds(text)))
    end
    for _, text in ipairs { "", "h", "1y", "-1", "1 h" } do
      assert.is_nil((options.seconds(text)))
    end
  end)

  it("a count is a positive integer", function()
    assert.equal(3, (options.count "3"))
    for _, text in ipairs { "0", "-1", "1.5", "x" } do
      assert.is_nil((options.count(text)))
    end
  end)

  it("`@file` is replaced by the JSON in the file, and other text is not changed", function()
    local name = support.file '{"a": [1]}'
    assert.same({ a = { 1 } }, options.value("@" .. name))
    os.remove(name)
    assert.equal("a", options.value "a")
    assert.is_false(pcall(options.value, "@" .. name))
  end)
end)
