--- Many calls at the same time in one thread: cbr.map. Each item runs in a coroutine of its own.

local await = require "cbr.loop.await"
local core = require "cbr.core"
local parked = require "cbr.loop.parked"

local WAITS = {} -- what an item yields when it waits; any other yield is the user's own

local BATCH_ITEMS = 16 -- how many items are started or resumed before other coroutines run

local function new_queue()
  return { first = 1, last = 0 }
end

local function push(queue, value)
  queue.last = queue.last + 1
  queue[queue.last] = value
end

-- The first value of a queue; nil if it is empty.
local function first(queue)
  return queue[queue.first]
end

local function pop(queue)
  local value = queue[queue.first]
  queue[queue.first], queue.first = nil, queue.first + 1
  return value
end

-- Makes the event loop that the items of one map wait in. It has no drivers: the pools are stepped by the loop in which
-- the map itself waits: an event loop, the thread, or the loop of a map that it is an item of.
local function new_loop()
  local loop = {
    ready = new_queue(), -- the items that can go on
    timed = new_queue(), -- the waits that have a time, the earliest first
    pools = setmetatable({}, { __mode = "k" }),
    wait = nil, -- the map's own
  }

  function loop.drive(pools)
    for pool in pairs(pools) do
      loop.pools[pool] = true
    end
    return math.huge
  end

  function loop.park(wait)
    wait.co = coroutine.running()
    if wait.due then
      push(loop.timed, wait)
      for at = loop.timed.last, loop.timed.first + 1, -1 do -- most are due later than all others
        if loop.timed[at - 1].due <= wait.due then
          break
        end
        loop.timed[at - 1], loop.timed[at] = wait, loop.timed[at - 1]
      end
    end
    coroutine.yield(WAITS)
  end

  function loop.unpark(wait)
    push(loop.ready, wait.co)
    if loop.wait then
      parked.wake(loop.wait)
    end
  end

  loop.abandon = loop.unpark -- the item is resumed, and found to have ended
  return loop
end

-- Ends the waits that are due. Returns when the next one is due.
local function end_due_waits(timed)
  local now = core.monotonic()
  while first(timed) and (first(timed).done or first(timed).due <= now) do
    parked.wake(pop(timed))
  end
  return first(timed) and first(timed).due
end

-- Waits until an item can go on. If `is_short`, some items can go on already or are still to be started: it only lets
-- other coroutines run.
local function wait_for_ready(loop, items, is_short)
  local due = end_due_waits(loop.timed)
  if is_short or not first(loop.ready) then
    loop.wait = parked.new(is_short and 0 or due)
    loop.wait.items = items
    await.wait(loop.pools, loop.wait)
    loop.wait = nil
    end_due_waits(loop.timed)
  end
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
  local loop, items, running, yielded = new_loop(), {}, 0, {} -- items: coroutine -> index

  local function finish(co, ok, value, err)
    local index = items[co]
    items[co], running = nil, running - 1
    parked.cancel(co)
    if not ok then
      errors[index] = value
    elseif value == nil then
      errors[index] = err
    else
      results[index] = value
    end
  end

  local function go_on(co)
    local ok, value, err = coroutine.resume(co, list[items[co]], items[co])
    if coroutine.status(co) == "dead" then
      finish(co, ok, value, err)
    elseif value ~= WAITS then
      yielded[#yielded + 1] = co
    end
  end

  local function can_start()
    return started < size and running < concurrency
  end

  while started < size or running > 0 do
    for _ = 1, BATCH_ITEMS do
      if not first(loop.ready) and can_start() then
        local co = coroutine.create(fn)
        started, running = started + 1, running + 1
        items[co], parked.map_of[co] = started, loop
        push(loop.ready, co)
      end
      local co = first(loop.ready) and pop(loop.ready)
      if items[co] then -- one that was closed may be in the queue twice
        go_on(co)
      end
    end
    if running > 0 then
      wait_for_ready(loop, items, first(loop.ready) or can_start() or #yielded > 0)
    end
    for _, co in ipairs(yielded) do
      push(loop.ready, co)
    end
    yielded = {}
  end
  return results, errors
end

return map
