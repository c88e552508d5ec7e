-- What the operations on restore points mean.

local described = require "spec.helpers.described"

describe("meanings: restore points", function()
  it("the operations on restore points, their parameters and results have meanings", function()
    described.is_complete "restore_points"
  end)
end)
