-- A client's budget of retries. In spec/call/retry_spec.lua, calls use up such a budget.

local retry_budget = require "cbr.call.retry_budget"

describe("a budget of retries", function()
  it("a budget of retries allows 100 retries in a row", function()
    local budget = retry_budget.new()
    for _ = 1, 100 do
      assert.is_true(budget:spend())
    end
    assert.is_false(budget:spend())
    assert.is_false(budget.is_full)
  end)

  it("each successful retry adds 1 to the budget, and each call without a retry adds 1/5, up to 100 in all", function()
    local budget = retry_budget.new()
    for _ = 1, 100 do
      budget:spend()
    end
    for _ = 1, 4 do
      budget:earn(0)
    end
    assert.is_false(budget:spend())
    budget:earn(0)
    assert.is_true(budget:spend())
    budget:earn(2)
    assert.is_true(budget:spend() and budget:spend())
    assert.is_false(budget:spend())
    budget:earn(1000)
    assert.is_true(budget.is_full)
    assert.equal(100, budget.left)
    budget:earn(0)
    assert.equal(100, budget.left)
  end)
end)
