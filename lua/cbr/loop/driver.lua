--- Parks coroutines, and keeps their transfers going meanwhile.
--
-- In an event loop, each pool with transfers in flight has a driver: a coroutine that waits for the pool's descriptor,
-- steps the pool, and wakes the coroutines whose transfers have ended. It ends once nothing is in flight. If nginx has
-- no room for a driver, or has dropped it, a parked coroutine steps the pool itself.

local core = require "cbr.core"
local parked = require "cbr.loop.parked"

local driver = {}

-- If a loop may drop coroutines, a parked one checks that its drivers have started, and later that they still step
-- their pools. They do so once a second.
local FIRST_CHECK_SECONDS, CHECK_SECONDS = 0.1, 2.5
local LONGEST_WAIT_SECONDS = 0.1 -- a transfer that starts while a driver waits may be due earlier than the others
local BUSY_EVENTS = 4 -- after so many events in one step there may be more: the driver only lets other coroutines run
local MOST_FIRST_STEPS = 32 -- steps that a starting transfer gets at once, before its coroutine is parked

---@class cbr.Driver the loop may keep fields of its own in it
---@field loop cbr.EventLoop
---@field pool userdata
---@field co? thread the coroutine that it runs in; nil before it has started
---@field seen_at number when the pool was last stepped, or the driver made, on core.monotonic's clock
---@field moved_at number when a step last moved something
---@field stepped_by? cbr.Wait the driver does not run, and this wait's coroutine steps the pool
---@field is_closed? boolean the driver must end
---@field is_quiet? boolean false: it waits for new transfers if it has none. Set by the loop

-- Pool -> instance of a loop, any of which may stop running for good at any time -> its cbr.Driver. Only the coroutine
-- of a driver holds its record.
local drivers = setmetatable({}, { __mode = "k" })

local function is_in_flight(pool)
  return parked.of_pool[pool] ~= nil and pool:in_flight() > 0 -- a closed pool has no waits
end

-- Steps a pool once, and wakes the coroutines whose transfers have ended. Returns whether it must be stepped again, and
-- whether that may be due already.
local function turn(one)
  local pool = one.pool
  local in_flight, moved = pool:step(0)
  local more = parked.wake_ended(pool, pool:fd() and one.loop.max_wakes) -- no descriptor: a fork has ended them all
  one.seen_at = core.monotonic()
  parked.cancel_dropped(one.loop, one.seen_at)
  one.moved_at = moved > 0 and one.seen_at or one.moved_at
  return more or in_flight > 0, more or moved >= BUSY_EVENTS
end

-- Drives a pool until nothing is in flight, or the pool is about to be closed.
local function run(one)
  local loop, pool, fd = one.loop, one.pool, nil
  one.co = coroutine.running()
  while not one.is_closed do
    one.stepped_by = nil
    local goes_on, is_busy = turn(one)
    if one.is_closed or not goes_on and one.is_quiet ~= false then
      break
    end
    local longest = loop.max_wakes and math.huge or LONGEST_WAIT_SECONDS
    fd = pool:fd()
    loop.wait(fd, is_busy and 0 or math.min(pool:timeout() or longest, longest), one)
  end
  one.is_closed = true
  if loop.forget and fd then
    loop.forget(fd, one)
  end
end

-- Returns the driver of a pool, and starts one if there is none, or if it has ended.
local function driver_of(pool, loop)
  local instance = loop.current and loop.current() or loop
  drivers[pool] = drivers[pool] or setmetatable({}, { __mode = "kv" })
  local one = drivers[pool][instance]
  local has_failed = one and one.co and coroutine.status(one.co) == "dead"
  if one and not one.is_closed and (loop.is_parked or not has_failed) then -- in nginx, coroutines of others are "dead"
    return one
  end
  one = { loop = loop, pool = pool, seen_at = core.monotonic(), moved_at = core.monotonic() }
  drivers[pool][instance] = one
  if not loop.spawn(function() run(one) end, one) then
    one.seen_at = -math.huge
  end
  return one
end

--- How long to sleep before the next step, where nothing tells that a pool is ready: longer and longer.
---@param one cbr.Driver
---@return number seconds from 0.001 to 0.02
function driver.poll_seconds(one)
  return math.max(0.001, math.min(0.02, (core.monotonic() - one.moved_at) / 20))
end

-- Sends the requests that were started: a driver that waits does not know of them.
local function send(one)
  local pool = one.pool
  if one.loop.max_wakes then
    return pool:timeout() == 0 and one.loop.unpark(one) -- the driver sends those of one turn of the loop together
  end
  for _ = 1, MOST_FIRST_STEPS do
    if not is_in_flight(pool) or pool:timeout() ~= 0 then
      break
    end
    turn(one)
  end
end

-- Makes sure that pools with transfers in flight are stepped. Returns for how many seconds that can be relied on.
local function drive(pools, loop, wait)
  local seconds = math.huge
  for pool in pairs(pools) do
    local one = is_in_flight(pool) and driver_of(pool, loop)
    if one and is_in_flight(pool) then -- spawn may have run the driver at once
      send(one)
    end
    if one and loop.is_parked then
      local patience = one.co and CHECK_SECONDS or FIRST_CHECK_SECONDS
      if one.stepped_by == wait or core.monotonic() - one.seen_at > patience then
        one.stepped_by = wait
        turn(one)
        patience = driver.poll_seconds(one)
      end
      seconds = math.min(seconds, patience)
    end
  end
  return seconds
end

-- Lets others step the pools that this wait's coroutine has stepped.
local function leave(pools, loop, wait)
  for pool in pairs(pools) do
    local one = drivers[pool] and drivers[pool][loop]
    if one and one.stepped_by == wait then
      one.is_closed = true
      if is_in_flight(pool) then
        driver_of(pool, loop)
      end
    end
  end
end

local function time_left(wait)
  return wait.due and math.max(0, wait.due - core.monotonic()) or math.huge
end

--- Parks the running coroutine until a wait is done or due. Even a wait that is already due yields once, because the
-- coroutine may have kept the loop busy for long.
---@param wait cbr.Wait
---@param loop cbr.EventLoop
---@param pools table<userdata, boolean> pools whose transfers must go on meanwhile
function driver.park(wait, loop, pools)
  repeat
    local seconds = (loop.drive or drive)(pools, loop, wait)
    if not wait.done then -- a driver that ran at once may have ended it
      seconds = math.min(seconds, time_left(wait))
      wait.loop = loop
      loop.park(wait, seconds < math.huge and seconds or nil)
      wait.loop = nil
    end
  until wait.done or time_left(wait) == 0
  if loop.is_parked then
    leave(pools, loop, wait)
  end
end

--- Stops the drivers of a pool whose descriptor is about to be closed.
---@param pool userdata
---@return boolean is_open false: the pool is closed
function driver.stop(pool)
  local is_open, fd = pcall(pool.fd, pool) -- the garbage collector may close a pool before its client
  for _, one in pairs(is_open and drivers[pool] or {}) do
    one.is_closed = true
    if fd and one.loop.forget then
      one.loop.forget(fd, one)
    end
  end
  drivers[pool] = nil
  return is_open
end

return driver
