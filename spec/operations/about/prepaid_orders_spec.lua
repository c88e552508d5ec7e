-- What the operations on purchases mean.

local described = require "spec.helpers.described"

describe("meanings: purchases", function()
  it("the operations on purchases, their parameters and results have meanings", function()
    described.is_complete "prepaid_orders"
  end)
end)
