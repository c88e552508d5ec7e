-- What the operations on resources that can be protected mean.

local described = require "spec.helpers.described"

describe("meanings: resources that can be protected", function()
  it("the operations on resources that can be protected, their parameters and results have meanings", function()
    described.is_complete "protection"
  end)
end)
