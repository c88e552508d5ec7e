-- The meanings of the operations on tasks.

local described = require "spec.helpers.described"

describe("meanings: tasks", function()
  it("cbr has a meaning for each operation on tasks, its parameters and its results", function()
    described.is_complete "tasks"
  end)
end)
