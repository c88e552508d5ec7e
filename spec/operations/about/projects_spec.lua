-- What the operations on projects and accounts mean.

local described = require "spec.helpers.described"

describe("meanings: projects and accounts", function()
  it("the operations on projects and accounts, their parameters and results have meanings", function()
    described.is_complete "projects"
  end)
end)
