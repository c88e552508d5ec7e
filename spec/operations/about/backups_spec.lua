-- The meanings of the operations on backups.

local described = require "spec.helpers.described"

describe("meanings: backups", function()
  it("cbr has a meaning for each operation on backups, its parameters and its results", function()
    described.is_complete "backups"
  end)
end)
