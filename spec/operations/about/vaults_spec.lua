-- What the operations on vaults mean.

local described = require "spec.helpers.described"

describe("meanings: vaults", function()
  it("the operations on vaults, their parameters and results have meanings", function()
    described.is_complete "vaults"
  end)
end)
