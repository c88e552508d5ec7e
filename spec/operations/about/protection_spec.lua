-- The meanings of the operations on resources that can be protected.

local described = require "spec.helpers.described"

describe("meanings: resources that can be protected", function()
  it("cbr has a meaning for each operation on protectable resources, its parameters and its results", function()
    described.is_complete "protection"
  end)
end)
