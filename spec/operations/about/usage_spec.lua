-- The meanings of the operations on used capacity.

local described = require "spec.helpers.described"

describe("meanings: used capacity", function()
  it("cbr has a meaning for each operation on used capacity, its parameters and its results", function()
    described.is_complete "usage"
  end)
end)
