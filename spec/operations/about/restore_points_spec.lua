-- The meanings of the operations on restore points.

local described = require "spec.helpers.described"

describe("meanings: restore points", function()
  it("cbr has a meaning for each operation on restore points, its parameters and its results", function()
    described.is_complete "restore_points"
  end)
end)
