-- The modules that handle failures. spec/util/late_spec.lua shows when they are loaded.

local failure_modules = require "cbr.call.failure_modules"

describe("the modules that handle failures", function()
  it("each field of cbr.call.failure_modules is the module of cbr.call that has the field's name", function()
    local count = 0
    for name, module in pairs(failure_modules) do
      assert.equal(require("cbr.call." .. name), module)
      count = count + 1
    end
    assert.equal(4, count)
  end)
end)
