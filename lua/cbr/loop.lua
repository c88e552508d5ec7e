--- How a call waits: for its transfer, or for what another call is about to find out.
--
-- On its own a wait blocks the thread. Within `loop.map` it hands over to the other items, and the outermost wait moves
-- every pool that somebody waits on.

local core = require "cbr.core"

local loop = {}

-- Bounds on how long one step sleeps while nothing happens; what happens on the pool wakes it earlier.
local LONGEST_STEP = 1
local SHARED_STEP = 0.002 -- while more than one pool is waited on, no one of them can be slept on

-- Weak keys: a coroutine that was dropped waits for nothing any more.
local owned = setmetatable({}, { __mode = "k" }) -- the coroutines of loop.map, which yield to it
local waits = setmetatable({}, { __mode = "k" }) -- coroutine -> what it has yielded for: { pool, wake?, cancel? }

-- Lua 5.1 cannot yield across a pcall: the yield raises, and the wait is over though its coroutine goes on. What it
-- waited for must not be sent later on.
local function give_up(routine)
  local wait = waits[routine]
  waits[routine] = nil
  if wait and wait.cancel then
    wait.cancel()
  end
end

-- Moves every pool that is waited on, `own` among them, and sleeps until something happens or somebody has to be woken.
local function turn(own, wake)
  local pools, count, now = { [own] = true }, 1, core.monotonic()
  local patience = math.min(LONGEST_STEP, wake and wake - now or LONGEST_STEP)
  local broken = {}
  for routine, wait in pairs(waits) do
    if coroutine.status(routine) ~= "suspended" then
      broken[#broken + 1] = routine
    elseif not pools[wait.pool] then
      pools[wait.pool], count = true, count + 1
    end
    patience = math.min(patience, wait.wake and wait.wake - now or LONGEST_STEP)
  end
  for _, routine in ipairs(broken) do
    give_up(routine)
  end
  patience = math.max(patience, 0)
  if count > 1 then
    for pool in pairs(pools) do
      pool:step(0)
    end
    patience = math.min(patience, SHARED_STEP)
  end
  own:step(patience)
end

--- Whether the running code is an item of loop.map, so that others go on while it waits.
---@return boolean
---@return thread? routine the running coroutine, nil where there is none
function loop.is_shared()
  local routine = coroutine.running()
  return routine ~= nil and owned[routine] == true, routine
end

--- Waits until `ready()` is true, and moves all transfers along meanwhile.
---@param pool userdata where the thing waited for happens
---@param ready fun(): boolean
---@param options? { deadline?: number, wake?: number, cancel?: fun() } times on core.monotonic's clock: when to give
-- up, when to look again at the latest; and what ends the thing waited for if the wait itself breaks off
function loop.wait(pool, ready, options)
  options = options or {}
  local shared, routine = loop.is_shared()
  if routine and waits[routine] then
    give_up(routine)
  end
  local wake = options.wake or options.deadline
  local function is_over()
    return ready() or options.deadline ~= nil and core.monotonic() > options.deadline
  end
  while not is_over() do
    if shared then
      waits[routine] = { pool = pool, wake = wake, cancel = options.cancel }
      coroutine.yield(is_over)
      waits[routine] = nil
    else
      turn(pool, wake)
    end
  end
end

--- Sleeps, while all transfers move along.
---@param pool userdata
---@param seconds number
function loop.sleep(pool, seconds)
  local wake = core.monotonic() + seconds
  loop.wait(pool, function() return core.monotonic() >= wake end, { wake = wake })
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

-- The pool of one of the tasks that wait; nil when none waits on a pool.
local function some_pool(tasks)
  for _, task in ipairs(tasks) do
    local wait = waits[task.routine]
    if wait then
      return wait.pool
    end
  end
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
    local pool = some_pool(tasks)
    if pool and not room and not any_ready(tasks) then
      local shared = loop.is_shared()
      if shared then -- a map within a map
        loop.wait(pool, function() return any_ready(tasks) end)
      else
        turn(pool)
      end
    end
  end
  return results, errors
end

return loop
