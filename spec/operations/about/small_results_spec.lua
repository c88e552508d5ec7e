-- The meanings of small objects that several operations return.

local described = require "spec.helpers.described"
local small_results = require "cbr.operations.about.small_results"

describe("meanings: objects in small_results", function()
  it("each object in cbr.operations.about.small_results is returned by an operation", function()
    described.are_returned(small_results)
  end)
end)
