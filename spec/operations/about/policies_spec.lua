-- What the operations on policies mean.

local described = require "spec.helpers.described"

describe("meanings: policies", function()
  it("the operations on policies, their parameters and results have meanings", function()
    described.is_complete "policies"
  end)
end)
