-- The meanings of the operations on purchases.

local described = require "spec.helpers.described"

describe("meanings: purchases", function()
  it("cbr has a meaning for each operation on purchases, its parameters and its results", function()
    described.is_complete "prepaid_orders"
  end)
end)
