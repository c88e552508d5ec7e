-- What the operations on policies of an organization mean.

local described = require "spec.helpers.described"

describe("meanings: policies of an organization", function()
  it("the operations on policies of an organization, their parameters and results have meanings", function()
    described.is_complete "organization_policies"
  end)
end)
