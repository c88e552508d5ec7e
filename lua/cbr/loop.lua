--- How a call waits: for its transfer, or for what another call is about to find out.
--
-- On its own a wait blocks the thread. Within `loop.map` it hands over to the other items, and the outermost wait moves
-- every pool that somebody waits on.

local core = require "cbr.core"

local loop = {}

-- Bounds on how long one step sleeps while nothing happens; what happens on the pool wakes it earlier.
local LONGEST_STEP = 1
local SHARED_STEP = 0.002 -- while more than one pool is waited on, no one of them can be slept on

local awaited = {} -- pool -> how many wait on it
local owned = setmetatable({}, { __mode = "k" }) -- the coroutines of loop.map, which yield to it

local function turn()
  local pool = next(awaited)
  if next(awaited, pool) == nil then
    pool:step(LONGEST_STEP)
    return
  end
  for each in pairs(awaited) do
    each:step(0)
  end
  pool:step(SHARED_STEP)
end

--- Waits until `ready()` is true, and moves all transfers along meanwhile.
---@param pool userdata where the thing waited for happens
---@param ready fun(): boolean
---@param deadline? number on core.monotonic's clock: gives up then
function loop.wait(pool, ready, deadline)
  local routine = coroutine.running()
  awaited[pool] = (awaited[pool] or 0) + 1
  while not ready() and not (deadline and core.monotonic() > deadline) do
    if routine and owned[routine] then
      coroutine.yield(ready)
    else
      turn()
    end
  end
  awaited[pool] = awaited[pool] > 1 and awaited[pool] - 1 or nil
end

local function always()
  return true
end

-- Goes on with one item of a map; -> true when it is through
local function advance(task, results, errors)
  local ok, value, err = coroutine.resume(task.routine, task.item, task.index)
  if coroutine.status(task.routine) ~= "dead" then
    task.ready = type(value) == "function" and value or always -- a yield of the user's own: go on at the next turn
    return false
  elseif not ok then
    errors[task.index] = value
  elseif value == nil then
    errors[task.index] = err
  else
    results[task.index] = value
  end
  return true
end

local function any_ready(tasks)
  for _, task in ipairs(tasks) do
    if task.ready() then
      return true
    end
  end
  return false
end

--- Runs `fn(item, index)` for every item in this thread, at most `concurrency` at a time; calls of a client within it
-- wait side by side. One item's error or raise is its own.
---@param list any[]
---@param fn fun(item: any, index: integer): any, any
---@param concurrency integer
---@return table results by index; nil where the item failed
---@return table errors by index: what the item returned behind nil, or raised
function loop.map(list, fn, concurrency)
  local results, errors, tasks, started = {}, {}, {}, 0
  while started < #list or #tasks > 0 do
    while started < #list and #tasks < concurrency do
      started = started + 1
      local routine = coroutine.create(fn)
      owned[routine] = true
      tasks[#tasks + 1] = { routine = routine, item = list[started], index = started, ready = always }
    end
    local left = {}
    for _, task in ipairs(tasks) do
      if not (task.ready() and advance(task, results, errors)) then
        left[#left + 1] = task
      end
    end
    local room = #left < concurrency and started < #list
    tasks = left
    if #tasks > 0 and not room and not any_ready(tasks) then
      local routine = coroutine.running()
      if routine and owned[routine] then -- a map within a map
        coroutine.yield(function() return any_ready(tasks) end)
      else
        turn()
      end
    end
  end
  return results, errors
end

return loop
