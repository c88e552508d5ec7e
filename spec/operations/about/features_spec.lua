-- What the operations on features mean.

local described = require "spec.helpers.described"

describe("meanings: features", function()
  it("the operations on features, their parameters and results have meanings", function()
    described.is_complete "features"
  end)
end)
