-- The meanings of the operations on agents of file backup.

local described = require "spec.helpers.described"

describe("meanings: agents of file backup", function()
  it("cbr has a meaning for each operation on agents of file backup, its parameters and its results", function()
    described.is_complete "agents"
  end)
end)
