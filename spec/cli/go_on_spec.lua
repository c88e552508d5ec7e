-- The line with which an interrupted command goes on.

require "spec.helpers.command"
local go_on = require "cbr_cli.go_on"
local support = require "spec.helpers.support"

describe("the line that goes on", function()
  it("the line has the time of an order, and waits", function()
    assert.equal("cbr sync --vault a --since 5 --wait", go_on.line({ "sync", "--vault", "a" }, 5))
    assert.equal("cbr sync --wait --since 3", go_on.line({ "sync", "--wait", "--since", "3" }, 5))
    assert.equal("cbr wait a-b", go_on.line { "wait", "a-b" })
  end)

  it("a shell reads every word as it was #process", function()
    for _, word in ipairs { "a b", "it's", "$HOME", "`x`", "", "a;b", "*", "@f.json" } do
      assert.equal(word .. "\n", (support.run("printf '%s\\n' " .. go_on.quote(word))))
    end
  end)
end)
