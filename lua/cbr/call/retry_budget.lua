--- Limits how many failed attempts are retried, in one call and in all calls of a client.

local retry_budget = {}

-- A failing service must not be flooded by many coroutines that all retry. The figures are those of the AWS SDKs' retry
-- quota. 100 retries are enough for every call in progress to outlive a short failure. A retry that succeeds is given
-- back to the budget, and a call that needs no retry adds a fifth of a retry. If four of five first attempts fail and
-- no retry succeeds, the budget allows one retry in 25 calls.
local FULL_BUDGET, EARNED_BY_CALL = 100, 1 / 5

---@class cbr.RetryBudget
---@field left number retries that may still be made
---@field is_full boolean
local budget = {}
budget.__index = budget

--- Makes a budget of retries for all calls of a client.
---@return cbr.RetryBudget
function retry_budget.new()
  return setmetatable({ left = FULL_BUDGET, is_full = true }, budget)
end

--- Takes one retry out of the budget.
---@return boolean taken
function budget:spend()
  if self.left < 1 then
    return false
  end
  self.left, self.is_full = self.left - 1, false
  return true
end

--- Notes a call that succeeded.
---@param retries integer number of retries that the call needed
function budget:earn(retries)
  if self.left < FULL_BUDGET then
    self.left = math.min(FULL_BUDGET, self.left + math.max(retries, EARNED_BY_CALL))
  end
  self.is_full = self.left >= FULL_BUDGET
end

return retry_budget
