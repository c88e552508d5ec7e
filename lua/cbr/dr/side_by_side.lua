--- Runs a function for several items concurrently, with cbr.map. The function stores its results and failures itself.

local cbr = require "cbr"

local side_by_side = {}

--- Runs `fn` for each item, at most `concurrency` at a time. If `fn` raises an error, this function raises the same
-- error after all items have ended.
---@generic T
---@param list T[]
---@param concurrency integer
---@param fn fun(item: T, index: integer)
function side_by_side.run(list, concurrency, fn)
  local _, problem = next(side_by_side.try(list, concurrency, fn))
  if problem ~= nil then
    error(problem, 0)
  end
end

--- Like `run`, but returns the errors that `fn` raises. Unlike in a pcall, `fn` can wait in every Lua version and event
-- loop.
---@generic T
---@param list T[]
---@param concurrency integer
---@param fn fun(item: T, index: integer)
---@return table<integer, any> raised index of an item -> the error that `fn` raised for it
function side_by_side.try(list, concurrency, fn)
  local _, raised = cbr.map(list, function(item, index)
    fn(item, index)
    return true
  end, { concurrency = concurrency })
  return raised
end

return side_by_side
