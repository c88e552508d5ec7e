-- cbr.dr.side_by_side: a function runs for several items concurrently.

local side_by_side = require "cbr.dr.side_by_side"

describe("cbr.dr.side_by_side", function()
  it("side_by_side.run calls the function for each item, with the item and its index", function()
    local sum = 0
    side_by_side.run({ 1, 2, 3 }, 2, function(item, index)
      sum = sum + item * index
    end)
    assert.equal(14, sum)
  end)

  it("side_by_side.run raises an item's error again, after all items have ended", function()
    local ended = 0
    assert.has_error(function()
      side_by_side.run({ 1, 2, 3 }, 1, function(item)
        if item == 1 then
          error("wrong", 0)
        end
        ended = ended + 1
      end)
    end, "wrong")
    assert.equal(2, ended)
  end)

  it("side_by_side.try returns errors, keyed by the index of the item, instead of raising them", function()
    assert.same({ [2] = "wrong" }, side_by_side.try({ 1, 2, 3 }, 2, function(item)
      if item == 2 then
        error("wrong", 0)
      end
    end))
  end)
end)
