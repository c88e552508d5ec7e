-- What the operations on shared backups mean.

local described = require "spec.helpers.described"

describe("meanings: shared backups", function()
  it("the operations on shared backups, their parameters and results have meanings", function()
    described.is_complete "sharing"
  end)
end)
