-- What the operations on backups mean.

local described = require "spec.helpers.described"

describe("meanings: backups", function()
  it("the operations on backups, their parameters and results have meanings", function()
    described.is_complete "backups"
  end)
end)
