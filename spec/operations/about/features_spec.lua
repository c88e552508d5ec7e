-- The meanings of the operations on features.

local described = require "spec.helpers.described"

describe("meanings: features", function()
  it("cbr has a meaning for each operation on features, its parameters and its results", function()
    described.is_complete "features"
  end)
end)
