-- What the operations on agents of file backup mean.

local described = require "spec.helpers.described"

describe("meanings: agents of file backup", function()
  it("the operations on agents of file backup, their parameters and results have meanings", function()
    described.is_complete "agents"
  end)
end)
