-- The meanings of the operations on vaults.

local described = require "spec.helpers.described"

describe("meanings: vaults", function()
  it("cbr has a meaning for each operation on vaults, its parameters and its results", function()
    described.is_complete "vaults"
  end)
end)
