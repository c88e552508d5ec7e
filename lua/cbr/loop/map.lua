--- Many calls at the same time in one thread: cbr.map. Each item runs in a coroutine of its own.

local await = require "cbr.loop.await"
local core = require "cbr.core"
local parked = require "cbr.loop.parked"

local map = {}

local WAITS = {} -- the value that an item yields when it waits; any other yield is the user's own
local BATCH_ITEMS = 16 -- how many items are started or resumed before other coroutines run
local MAX_WAIT_SECONDS = 1 -- how long a map waits at a time, so that it notices an item that was closed

-- Makes the event loop in which the items of one map wait. It is not made in map.run, because nginx sets the variables
-- of a dropped coroutine to nil, also for closures, and an item of a dropped map may still be woken. The loop fills
-- `ready` (coroutines that can continue), `timed` (waits that have a time), and `own_wait` (the map's own wait: its
-- pools and its client are those of the items).
local function new_loop(ready, timed, own_wait)
  local loop, last = {}, 0

  function loop.park(wait)
    wait.co, own_wait.client, timed[wait] = coroutine.running(), wait.client or own_wait.client, wait.due and true
    for pool in pairs(wait.pools) do
      own_wait.pools[pool] = true
    end
    coroutine.yield(WAITS)
  end

  function loop.unpark(wait)
    last = last + 1
    ready[last] = wait.co
    parked.wake(own_wait)
  end

  loop.abandon = loop.unpark -- so that the item is resumed, and found to have ended
  return loop
end

--- Runs `fn(element, index)` for every element of a list, at most `concurrency` at a time. While the calls of one item
-- wait, the other items continue. An item that fails or raises does not affect the others. The loop in which the map
-- itself waits keeps the transfers of its items going.
---@param list any[]
---@param fn fun(element: any, index: integer): any, any
---@param concurrency integer
---@return table results by index; nil if the item failed
---@return table errors by index: the second value that the item returned after nil, or what it raised
function map.run(list, fn, concurrency)
  local results, errors, items = {}, {}, {} -- items: coroutine -> index
  local size, started, running = #list, 0, 0
  local ready, first, timed = {}, 1, {}
  local own_wait = { pools = setmetatable({}, { __mode = "k" }), items = items }
  local loop = new_loop(ready, timed, own_wait)

  local function go_on(co)
    local index = items[co]
    local ok, value, err = coroutine.resume(co, list[index], index)
    if coroutine.status(co) == "dead" then
      items[co], running = nil, running - 1
      parked.cancel(co)
      if ok and value ~= nil then
        results[index] = value
      else
        errors[index] = ok and err or value
      end
    elseif value ~= WAITS then
      loop.unpark { co = co }
    end
  end

  local function can_start()
    return started < size and running < concurrency
  end

  while started < size or running > 0 do
    for _ = 1, BATCH_ITEMS do
      local co = ready[first]
      if can_start() then
        co = coroutine.create(fn)
        started, running = started + 1, running + 1
        items[co], parked.map_of[co] = started, loop
      elseif co then
        ready[first], first = nil, first + 1
      end
      if items[co] then -- an item that was closed may be in the queue twice
        go_on(co)
      end
    end
    local now = core.monotonic()
    local due = now + MAX_WAIT_SECONDS
    parked.cancel_abandoned(now)
    for wait in pairs(timed) do
      if wait.due <= now then
        parked.wake(wait)
      end
      due, timed[wait] = math.min(due, wait.due), not wait.done or nil
    end
    if running > 0 then
      -- If the wait is already due, it only lets other coroutines run.
      own_wait.done, own_wait.due = nil, (ready[first] or can_start()) and now or due
      await.wait(own_wait)
    end
  end
  return results, errors
end

return map
