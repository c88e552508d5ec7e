--- Many calls at once in one thread: cbr.map.

local core = require "cbr.core"
local heap = require "cbr.loop.timers"
local loop = require "cbr.loop.await"
local waits = require "cbr.loop.parked"

local PARKED = {} -- what an item yields when it waits; anything else is a yield of the user's own

local YIELD = 0.001 -- seconds for which others are given way to at most; none at all would be none to some loops
local BATCH = 16 -- items that are begun, and as many that go on, before others are given way

-- The coroutines of one map, and what they wait for.
local function new_crew()
  local crew = { ready = {}, first = 1, last = 0, timed = {}, running = 0 }
  crew.pools = {} -- pool -> how many tasks wait on it

  function crew.append(task)
    crew.last = crew.last + 1
    crew.ready[crew.last] = task
  end

  -- The next task that can go on; nil where none can.
  function crew.next()
    local task = crew.ready[crew.first]
    if task then
      crew.ready[crew.first], crew.first = nil, crew.first + 1
    end
    return task
  end

  -- Called for a task whose wait is over.
  function crew.go_on(task)
    crew.append(task)
    if crew.wait then
      waits.notify(crew.wait)
    end
  end

  -- Called in a task that waits.
  function crew.await(pools, wait)
    for pool in pairs(pools) do
      crew.pools[pool] = (crew.pools[pool] or 0) + 1
    end
    if wait.wake then
      heap.push(crew.timed, wait)
    end
    coroutine.yield(PARKED)
    for pool in pairs(pools) do
      local others = crew.pools[pool] - 1
      crew.pools[pool] = others > 0 and others or nil
    end
  end

  return crew
end

-- Makes those tasks ready whose time has come; -> when the next one's comes.
local function expire(crew)
  local now = core.monotonic()
  while crew.timed[1] and (crew.timed[1].done or crew.timed[1].wake <= now) do
    waits.notify(heap.pop(crew.timed))
  end
  return crew.timed[1] and crew.timed[1].wake
end

-- Waits until a task is ready; gives way to others and hardly waits where some can go on, or are still to be begun.
local function rest(crew, tasks, is_short)
  local wake = expire(crew)
  if not is_short and crew.first <= crew.last then
    return
  end
  local pools = {}
  for pool in pairs(crew.pools) do
    pools[pool] = true
  end
  crew.wait = waits.new(is_short and core.monotonic() + YIELD or wake)
  crew.wait.tasks = tasks
  loop.await(pools, crew.wait)
  crew.wait = nil
  expire(crew)
end

local map = {}

--- Runs `fn(item, index)` for every item in this thread, at most `concurrency` at a time; calls of a client within it
-- wait side by side. One item's error or raise is its own.
---@param list any[]
---@param fn fun(item: any, index: integer): any, any
---@param concurrency integer
---@return table results by index; nil where the item failed
---@return table errors by index: what the item returned behind nil, or raised
function map.run(list, fn, concurrency)
  local results, errors, started, size = {}, {}, 0, #list
  local crew, tasks, yielded = new_crew(), {}, {}

  local function finish(task, ok, value, err)
    tasks[task], task.ended = nil, true
    waits.give_up(task.routine)
    crew.running = crew.running - 1
    if not ok then
      errors[task.index] = value
    elseif value == nil then
      errors[task.index] = err
    else
      results[task.index] = value
    end
  end

  local function go_on(task)
    local ok, value, err = coroutine.resume(task.routine, list[task.index], task.index)
    if coroutine.status(task.routine) == "dead" then
      finish(task, ok, value, err)
    elseif value ~= PARKED then
      yielded[#yielded + 1] = task
    end
  end

  while started < size or crew.running > 0 do
    for _ = 1, math.min(BATCH, crew.last - crew.first + 1) do
      go_on(crew.next())
    end
    local begun = 0 -- of those that wait
    while started < size and crew.running < concurrency and begun < BATCH do
      started, crew.running = started + 1, crew.running + 1
      local task = { routine = coroutine.create(fn), index = started, ready = crew.go_on, wait = crew.await }
      tasks[task] = true
      waits.items[task.routine] = task
      go_on(task)
      begun = begun + (task.ended and 0 or 1)
    end
    local more = crew.first <= crew.last or started < size and crew.running < concurrency
    if crew.running > 0 and not (more and loop.blocks(crew.pools)) then -- nobody is given way to by what blocks
      rest(crew, tasks, more or #yielded > 0)
    end
    for _, task in ipairs(yielded) do
      crew.append(task)
    end
    yielded = {}
  end
  return results, errors
end

return map
