-- The meanings of the operations on projects and accounts.

local described = require "spec.helpers.described"

describe("meanings: projects and accounts", function()
  it("cbr has a meaning for each operation on projects and accounts, its parameters and its results", function()
    described.is_complete "projects"
  end)
end)
