--- Work that is done side by side: cbr.map for items that return their failures as data.

local cbr = require "cbr"

--- Runs `fn` for each item, at most `concurrency` at a time. An error that `fn` raises is raised again, after all items
-- have ended.
---@generic T
---@param list T[]
---@param concurrency integer
---@param fn fun(item: T, index: integer)
return function(list, concurrency, fn)
  local _, raised = cbr.map(list, function(item, index)
    fn(item, index)
    return true
  end, { concurrency = concurrency })
  local _, problem = next(raised)
  if problem ~= nil then
    error(problem, 0)
  end
end
