--- Keeps transfers going while an event loop has parked their coroutines.
--
-- Each pool with transfers in flight has one driver: a coroutine of the event loop that waits for the pool's
-- descriptor, steps the pool, and wakes the coroutines whose transfers have ended. The driver ends once nothing is in
-- flight. A loop may refuse to start a driver, or may drop it. Then a parked coroutine notices that its pool is not
-- stepped, and drives the pool itself.

local core = require "cbr.core"
local parked = require "cbr.loop.parked"

local driver = {}

local FIRST_SLICE_SECONDS = 0.1 -- the first slice is shorter than parked.SLICE_SECONDS: the driver may never start
local SHORTEST_PARK_SECONDS = 0.001 -- for a shorter time, nginx would not wait at all
local LONGEST_POLL_SECONDS = 0.1 -- a transfer that starts while a driver waits may be due earlier than the others
local MOST_FIRST_STEPS = 32 -- steps that a starting transfer gets at once, before its coroutine is parked
local TURN_SECONDS = 0.02 -- how long a coroutine that drives several pools stays with one of them

---@class cbr.Driver
---@field seen_at number when the driver last stepped its pool, or was created, on core.monotonic's clock
---@field event_loop cbr.EventLoop
---@field life? { co?: thread } set once the driver runs; `co` becomes nil when the coroutine is collected
---@field is_idle? boolean the driver waits and can be woken by unpark
---@field closed? boolean the driver must stop: its pool is closed, or another coroutine drives it

-- pool -> instance of a loop -> cbr.Driver. Each instance needs its own driver, because any instance may stop running
-- for good at any time.
local drivers = setmetatable({}, { __mode = "k" })

local function instance_of(event_loop)
  return event_loop.current and event_loop.current() or event_loop
end

local function has_ended(one, event_loop)
  if not one.life or event_loop.drops then -- in nginx, coroutines of other requests are "dead"
    return false
  end
  return not one.life.co or coroutine.status(one.life.co) == "dead"
end

local function driver_of(pool, event_loop)
  local one = drivers[pool] and drivers[pool][instance_of(event_loop)]
  return one and not has_ended(one, event_loop) and one or nil
end

-- Creates the driver of a pool. The driver does nothing before `run`.
local function create(pool, event_loop)
  local one = { seen_at = core.monotonic(), event_loop = event_loop }
  drivers[pool] = drivers[pool] or setmetatable({}, { __mode = "k" })
  drivers[pool][instance_of(event_loop)] = one
  return one
end

local function remove(pool, event_loop, one)
  local of_pool, instance = drivers[pool], instance_of(event_loop)
  if of_pool and of_pool[instance] == one then
    of_pool[instance] = nil
  end
end

local function wake(one)
  if one.is_idle then
    one.is_idle = false
    one.event_loop.unpark(one)
  end
end

local function is_in_flight(pool)
  return parked.of_pool[pool] ~= nil and pool:in_flight() > 0 -- a closed pool has no waits
end

-- Drives a pool in the running coroutine until nothing is in flight, the driver is closed, or `is_wanted` returns
-- false.
local function run(pool, event_loop, one, is_wanted)
  local now = core.monotonic()
  one.life = setmetatable({ co = coroutine.running() }, { __mode = "v" })
  local in_flight, moved, more = 0, 0, false
  local moved_at = now
  while not one.closed do
    if not more then
      in_flight, moved = pool:step(0)
    end
    local fd = pool:fd() -- nil in a forked child: the fork ended all transfers, so all waits end at once
    more = parked.wake_ended(pool, fd and event_loop.max_wakes)
    now = core.monotonic()
    one.seen_at = now
    if one.closed or is_wanted and not is_wanted() then
      break
    elseif in_flight > 0 or more then
      moved_at = moved > 0 and now or moved_at
      if event_loop.drops then
        parked.cancel_dropped(event_loop, now)
      end
      local seconds = more and 0 or math.min(pool:timeout() or LONGEST_POLL_SECONDS, LONGEST_POLL_SECONDS)
      event_loop.wait(fd, seconds, moved, now - moved_at, one)
    elseif not event_loop.linger or is_wanted or not event_loop.linger(one) then
      break
    end
  end
  remove(pool, event_loop, one)
end

-- Makes sure that the pool has a driver, and that it is awake.
local function ensure(pool, event_loop)
  local one = driver_of(pool, event_loop)
  if one then
    return wake(one)
  end
  one = create(pool, event_loop)
  if not event_loop.spawn(function() run(pool, event_loop, one) end) then
    remove(pool, event_loop, one)
  end
end

-- The pools that have transfers in flight and have not been stepped since a given time.
local function stalled(pools, event_loop, since)
  local list = {}
  for pool in pairs(pools) do
    local one = is_in_flight(pool) and driver_of(pool, event_loop)
    if one == nil or one and one.seen_at <= since then
      list[#list + 1] = pool
    end
  end
  return list
end

-- Drives pools whose drivers did not start or were dropped. They are driven in turns, in the running coroutine, until
-- its wait is over. If our own driver of a pool is closed in the meantime, the pool was closed or another coroutine
-- drives it.
local function drive_here(list, event_loop, wait)
  local own = {}
  for _, pool in ipairs(list) do
    local dead = driver_of(pool, event_loop)
    if dead then
      dead.closed = true
    end
    own[pool] = create(pool, event_loop)
  end
  local function is_waiting()
    return not wait.done and not (wait.due and core.monotonic() >= wait.due)
  end
  repeat
    for i = #list, 1, -1 do
      local pool = list[i]
      local turn_ends = #list > 1 and core.monotonic() + TURN_SECONDS or math.huge
      run(pool, event_loop, own[pool], function()
        return is_waiting() and core.monotonic() < turn_ends
      end)
      if own[pool].closed or not is_in_flight(pool) then
        table.remove(list, i)
      else
        own[pool] = create(pool, event_loop)
      end
    end
  until #list == 0 or not is_waiting()
  for _, pool in ipairs(list) do
    remove(pool, event_loop, own[pool])
    if is_in_flight(pool) then -- the pool may have been closed during another one's turn
      ensure(pool, event_loop)
    end
  end
end

-- Sends the requests that were started, because a driver that waits does not know of them. A driver that can be woken
-- sends all requests of one turn of the loop together.
local function send(pool, event_loop)
  local one = event_loop.max_wakes and driver_of(pool, event_loop)
  if one then
    return wake(one)
  end
  for _ = 1, event_loop.max_wakes and 1 or MOST_FIRST_STEPS do
    pool:step(0)
    if pool:timeout() ~= 0 then
      break
    end
  end
  parked.wake_ended(pool)
end

--- Parks the running coroutine until a wait is done or due, with a driver for each of its pools. Even a wait that is
-- already due yields once, because the coroutine may have kept the loop busy for long.
---@param wait cbr.Wait
---@param event_loop cbr.EventLoop
---@param pools table<userdata, boolean>
function driver.park(wait, event_loop, pools)
  wait.missed = 0
  for pool in pairs(pools) do
    if is_in_flight(pool) then
      send(pool, event_loop)
    end
  end
  local slice, has_parked = event_loop.drops and FIRST_SLICE_SECONDS, false
  while not wait.done do
    local left = wait.due and wait.due - core.monotonic()
    if left and left <= 0 and has_parked then
      break
    end
    left = left and math.max(left, SHORTEST_PARK_SECONDS)
    for pool in pairs(pools) do
      if is_in_flight(pool) then
        ensure(pool, event_loop)
      end
    end
    if wait.done then -- spawn ran a driver at once, which ended the wait
      break
    end
    local parked_at = core.monotonic()
    wait.event_loop = event_loop
    event_loop.park(wait, slice and math.min(slice, left or slice) or left)
    wait.event_loop, wait.missed, has_parked = nil, 0, true
    -- if the park was shorter, the drivers had no time to step their pools
    if slice and not wait.done and core.monotonic() - parked_at > slice / 2 then
      slice = parked.SLICE_SECONDS
      drive_here(stalled(pools, event_loop, parked_at), event_loop, wait)
    end
  end
end

--- Stops the drivers of a pool that is about to be closed.
---@param pool userdata
function driver.stop(pool)
  for _, one in pairs(drivers[pool] or {}) do
    one.closed = true
    wake(one)
  end
  drivers[pool] = nil
end

return driver
