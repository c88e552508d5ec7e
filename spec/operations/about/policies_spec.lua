-- The meanings of the operations on policies.

local described = require "spec.helpers.described"

describe("meanings: policies", function()
  it("cbr has a meaning for each operation on policies, its parameters and its results", function()
    described.is_complete "policies"
  end)
end)
