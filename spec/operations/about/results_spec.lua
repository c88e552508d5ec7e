-- Objects that several operations return.

local described = require "spec.helpers.described"
local results = require "cbr.operations.about.results"

describe("meanings: objects in results", function()
  it("an operation returns each object in results", function()
    described.are_returned(results)
  end)
end)
