-- What the operations on tags mean.

local described = require "spec.helpers.described"

describe("meanings: tags", function()
  it("the operations on tags, their parameters and results have meanings", function()
    described.is_complete "tags"
  end)
end)
