--- Many calls at the same time in one thread: cbr.map. Each item runs in a coroutine of its own.

local await = require "cbr.loop.await"
local core = require "cbr.core"
local parked = require "cbr.loop.parked"
local timers = require "cbr.loop.timers"

local WAITS = {} -- what an item yields when it waits; any other yield is the user's own

local YIELD_SECONDS = 1 / 1000 -- the longest time given to other coroutines of the event loop; some loops ignore 0
local BATCH_ITEMS = 16 -- how many items are started, and how many resumed, before other coroutines run

-- Keeps the items of one map that can go on, and what its other items wait for.
local function new_scheduler()
  -- pools: pool -> how many items wait on it
  local scheduler = { ready = {}, first = 1, last = 0, running = 0, timers = {}, pools = {} }

  function scheduler.append(item)
    scheduler.last = scheduler.last + 1
    scheduler.ready[scheduler.last] = item
  end

  -- Removes and returns the next item that can go on. There must be one.
  function scheduler.next()
    local item = scheduler.ready[scheduler.first]
    scheduler.ready[scheduler.first], scheduler.first = nil, scheduler.first + 1
    return item
  end

  -- The map is the event loop of its items: this is called when an item's wait is over.
  function scheduler.unpark(wait)
    scheduler.append(wait.item)
    if scheduler.wait then
      parked.wake(scheduler.wait)
    end
  end

  -- Suspends the running item.
  function scheduler.park(wait, _, pools)
    wait.loop = scheduler
    for pool in pairs(pools) do
      scheduler.pools[pool] = (scheduler.pools[pool] or 0) + 1
    end
    if wait.due then
      timers.push(scheduler.timers, wait)
    end
    coroutine.yield(WAITS)
    for pool in pairs(pools) do
      local others = scheduler.pools[pool] - 1
      scheduler.pools[pool] = others > 0 and others or nil
    end
  end

  return scheduler
end

-- Ends the waits that are due. Returns when the next one is due.
local function end_due_waits(scheduler)
  local heap, now = scheduler.timers, core.monotonic()
  while heap[1] and (heap[1].done or heap[1].due <= now) do
    parked.wake(timers.pop(heap))
  end
  return heap[1] and heap[1].due
end

-- Waits until an item can go on. If `is_short`, some items can go on already or are still to be started: it only lets
-- other coroutines run.
local function wait_for_ready(scheduler, items, is_short)
  local due = end_due_waits(scheduler)
  if not is_short and scheduler.first <= scheduler.last then
    return
  end
  local pools = {}
  for pool in pairs(scheduler.pools) do
    pools[pool] = true
  end
  scheduler.wait = parked.new(is_short and core.monotonic() + YIELD_SECONDS or due)
  scheduler.wait.items = items
  await.wait(pools, scheduler.wait)
  scheduler.wait = nil
  end_due_waits(scheduler)
end

local map = {}

--- Runs `fn(element, index)` for every element of a list, at most `concurrency` at a time. While the calls of one item
-- wait, the other items go on. An item that fails or raises does not affect the others.
---@param list any[]
---@param fn fun(element: any, index: integer): any, any
---@param concurrency integer
---@return table results by index; nil if the item failed
---@return table errors by index: the second value that the item returned after nil, or what it raised
function map.run(list, fn, concurrency)
  local results, errors, started, size = {}, {}, 0, #list
  local scheduler, items, yielded = new_scheduler(), {}, {}

  local function finish(item, ok, value, err)
    items[item], item.has_ended = nil, true
    parked.cancel(item.co)
    scheduler.running = scheduler.running - 1
    if not ok then
      errors[item.index] = value
    elseif value == nil then
      errors[item.index] = err
    else
      results[item.index] = value
    end
  end

  local function go_on(item)
    local ok, value, err = coroutine.resume(item.co, list[item.index], item.index)
    if coroutine.status(item.co) == "dead" then
      finish(item, ok, value, err)
    elseif value ~= WAITS then
      yielded[#yielded + 1] = item
    end
  end

  while started < size or scheduler.running > 0 do
    for _ = 1, math.min(BATCH_ITEMS, scheduler.last - scheduler.first + 1) do
      go_on(scheduler.next())
    end
    local waiting = 0 -- of the items started in this turn
    while started < size and scheduler.running < concurrency and waiting < BATCH_ITEMS do
      started, scheduler.running = started + 1, scheduler.running + 1
      local item = { co = coroutine.create(fn), index = started, loop = scheduler }
      items[item] = true
      parked.item_of[item.co] = item
      go_on(item)
      waiting = waiting + (item.has_ended and 0 or 1)
    end
    local more = scheduler.first <= scheduler.last or started < size and scheduler.running < concurrency
    -- when waiting would block the thread, yielding helps nobody
    if scheduler.running > 0 and not (more and await.blocks(scheduler.pools)) then
      wait_for_ready(scheduler, items, more or #yielded > 0)
    end
    for _, item in ipairs(yielded) do
      scheduler.append(item)
    end
    yielded = {}
  end
  return results, errors
end

return map
