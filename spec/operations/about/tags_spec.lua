-- The meanings of the operations on tags.

local described = require "spec.helpers.described"

describe("meanings: tags", function()
  it("cbr has a meaning for each operation on tags, its parameters and its results", function()
    described.is_complete "tags"
  end)
end)
