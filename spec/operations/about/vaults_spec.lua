-- What the operations on vaults mean.

local described = require "spec.helpers.described"

describe("meanings: vaults", function()
  it("cbr has a meaning for each operation on vaults, its parameters and its results", function()
    described.is_complete "vaults"
  end)
end)
