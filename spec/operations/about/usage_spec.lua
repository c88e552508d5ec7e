-- What the operations on used capacity mean.

local described = require "spec.helpers.described"

describe("meanings: used capacity", function()
  it("the operations on used capacity, their parameters and results have meanings", function()
    described.is_complete "usage"
  end)
end)
