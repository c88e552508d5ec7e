-- The meanings of objects that several operations return.

local described = require "spec.helpers.described"
local results = require "cbr.operations.about.results"

describe("meanings: objects in results", function()
  it("each object in cbr.operations.about.results is returned by an operation", function()
    described.are_returned(results)
  end)
end)
