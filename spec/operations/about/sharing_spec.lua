-- The meanings of the operations on shared backups.

local described = require "spec.helpers.described"

describe("meanings: shared backups", function()
  it("cbr has a meaning for each operation on shared backups, its parameters and its results", function()
    described.is_complete "sharing"
  end)
end)
