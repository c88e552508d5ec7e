--- Many calls at the same time in one thread: cbr.map. Each item runs in a coroutine of its own.

local await = require "cbr.loop.await"
local core = require "cbr.core"
local parked = require "cbr.loop.parked"

local WAITS = {} -- the value that an item yields when it waits; any other yield is the user's own

local BATCH_ITEMS = 16 -- how many items are started or resumed before other coroutines run

-- Makes the event loop that the items of one map wait in. It has no drivers: the pools are stepped by the loop in which
-- the map itself waits. That is an event loop, the thread, or, for a map inside an item of another map, the loop of the
-- other map.
local function new_loop()
  local first, last, ready = 1, 0, {} -- a queue of the items that can continue
  local timed = {} -- the waits that have a time, the earliest last
  local loop = { pools = setmetatable({}, { __mode = "k" }), own_wait = nil }

  function loop.push(co)
    last = last + 1
    ready[last] = co
  end

  function loop.has_ready()
    return first <= last
  end

  function loop.pop()
    local co = ready[first]
    ready[first], first = nil, first + 1
    return co
  end

  function loop.drive(pools)
    for pool in pairs(pools) do
      loop.pools[pool] = true
    end
    return math.huge
  end

  function loop.park(wait)
    wait.co = coroutine.running()
    if wait.due then
      local at = 1
      while timed[at] and timed[at].due > wait.due do -- most waits are due later than all others
        at = at + 1
      end
      table.insert(timed, at, wait)
    end
    coroutine.yield(WAITS)
  end

  function loop.unpark(wait)
    loop.push(wait.co)
    if loop.own_wait then
      parked.wake(loop.own_wait)
    end
  end

  loop.abandon = loop.unpark -- so that the item is resumed, and found to have ended

  -- Ends the waits that are due. Returns when the next one is due.
  function loop.end_due_waits()
    local wait = timed[#timed]
    while wait and (wait.done or wait.due <= core.monotonic()) do
      table.remove(timed)
      parked.wake(wait)
      wait = timed[#timed]
    end
    return wait and wait.due
  end

  return loop
end

local map = {}

--- Runs `fn(element, index)` for every element of a list, at most `concurrency` at a time. While the calls of one item
-- wait, the other items continue. An item that fails or raises does not affect the others.
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
      if not loop.has_ready() and can_start() then
        local co = coroutine.create(fn)
        started, running = started + 1, running + 1
        items[co], parked.map_of[co] = started, loop
        loop.push(co)
      end
      local co = loop.has_ready() and loop.pop()
      if items[co] then -- an item that was closed may be in the queue twice
        go_on(co)
      end
    end
    local due = loop.end_due_waits()
    local is_short = loop.has_ready() or can_start() or #yielded > 0 -- a short wait only lets other coroutines run
    if running > 0 then
      loop.own_wait = parked.new(is_short and 0 or due)
      loop.own_wait.items = items
      await.wait(loop.pools, loop.own_wait)
      loop.own_wait = nil
      loop.end_due_waits()
    end
    for _, co in ipairs(yielded) do
      loop.push(co)
    end
    yielded = {}
  end
  return results, errors
end

return map
