-- What the operations on tasks mean.

local described = require "spec.helpers.described"

describe("meanings: tasks", function()
  it("the operations on tasks, their parameters and results have meanings", function()
    described.is_complete "tasks"
  end)
end)
