-- The meanings of the operations on policies of an organization.

local described = require "spec.helpers.described"

describe("meanings: policies of an organization", function()
  it("cbr has a meaning for each operation on policies of an organization, its parameters and its results", function()
    described.is_complete "organization_policies"
  end)
end)
