--- Parks coroutines, and keeps their transfers going meanwhile.
--
-- In an event loop, each pool with transfers in flight has a driver: a coroutine that waits until its bell rings, steps
-- the pool (lets its transfers make progress), and wakes the coroutines whose transfers have ended. A bell is a
-- descriptor of the core. It becomes readable when a step is due, a transfer was started, or the pool will be closed.

local core = require "cbr.core"
local log = require "cbr.util.log"
local parked = require "cbr.loop.parked"

local driver = {}

local WAIT_SECONDS = 1 -- the longest wait for a bell's descriptor (nginx reads a stream of the bell instead)
local POLL_SECONDS = 1 / 100 -- the time between two steps of a driver that polls
-- A driver that has not started after DEAD_SECONDS is replaced. In a loop that may drop coroutines, a parked coroutine
-- steps the pool if the driver has not started after START_SECONDS, or has not been seen for DEAD_SECONDS.
local START_SECONDS, DEAD_SECONDS = 1 / 20, 5 / 2

---@class cbr.Driver the loop may keep fields of its own in it
---@field loop cbr.Loop
---@field pool userdata
---@field client? cbr.Client whose call made the driver
---@field co? thread the coroutine in which the driver runs; nil: it has not started, or seems to have been dropped
---@field made_at number when the driver was made, on core.monotonic's clock
---@field seen_at number when `turn` last ran, or the driver was made; -math.huge: `spawn` returned false
---@field fd? integer the pool's descriptor that the bell watches; a forked child has another one
---@field bell? userdata|false from core.bell; nil before the driver's first wait; false: the driver polls
---@field stream? table set by a loop that reads the bell's stream
---@field is_closed? boolean the driver must end
---@field is_quiet? boolean set by a loop that reads the stream: true after a second without a ring, false after a ring

-- Pool -> instance of a loop -> cbr.Driver. Only a driver's coroutine holds it, so it is collected with its loop.
local drivers = setmetatable({}, { __mode = "k" })
local told = setmetatable({}, { __mode = "k" }) -- the clients whose logs have had the event `polling`

-- Steps a pool, and wakes the coroutines whose transfers have ended. Nothing is sent for abandoned coroutines.
local function turn(one)
  one.seen_at = core.monotonic()
  parked.cancel_abandoned(one.seen_at)
  if not one.is_quiet and not one.is_closed then -- after a quiet second, a step would find nothing to do
    one.pool:step(0)
  end
  parked.wake_ended(one.pool, one.loop.max_wakes)
end

--- Lets a driver poll instead of waiting for its bell, and tells the client's log once.
---@param one cbr.Driver
---@param reason string
---@return false bell the driver's new field `bell`
function driver.poll(one, reason)
  if one.bell then
    one.bell:close()
  end
  one.bell, one.is_quiet = false, nil
  if one.client and not told[one.client] then
    told[one.client] = true
    log.tell(one.client, { event = "polling", reason = reason })
  end
  return one.bell
end

-- Drives a pool until nothing is in flight, or the pool is about to be closed. A driver with a stream ends only after a
-- second without a ring, because a new stream and its thread are expensive.
local function run(one)
  while not one.is_closed do
    one.co = coroutine.running()
    turn(one)
    if one.is_closed or not parked.is_busy(one.pool) and one.is_quiet ~= false then
      break
    elseif one.bell == nil then
      one.fd = one.pool:fd()
      local bell, reason = core.bell(one.fd)
      one.bell = bell or driver.poll(one, reason)
    end
    if one.bell then
      local seconds = one.pool:timeout()
      if seconds == 0 then
        one.bell:ring() -- a step is due; other coroutines, and other requests of nginx, run before it
      elseif seconds then -- nil: nothing is in flight, and an idle connection that ends would ring again and again
        one.bell:arm(one.stream and seconds or math.min(seconds, WAIT_SECONDS)) -- a stream ticks once a second
      end
      one.loop.wait(one.bell:fd(), WAIT_SECONDS, one)
    else
      one.loop.park(one, POLL_SECONDS)
    end
  end
  if one.bell then
    one.loop.forget(one.bell:fd(), one)
    one.bell:close()
  end
  one.is_closed = true
end

-- Returns the driver of a pool. Starts a driver if the pool has none, or if its driver has ended.
local function driver_of(pool, loop, client)
  local instance = loop.current and loop.current() or loop
  drivers[pool] = drivers[pool] or setmetatable({}, { __mode = "kv" })
  local one, now = drivers[pool][instance], core.monotonic()
  local is_alive = one and (one.co and not parked.is_dead(one.co) or not one.co and now < one.made_at + DEAD_SECONDS)
  if is_alive and not one.is_closed and (one.fd or pool:fd()) == pool:fd() then -- a fork changes the descriptor
    return one
  elseif one then
    one.is_closed = true -- the old driver may still run
  end
  one = { loop = loop, pool = pool, client = client, made_at = now, seen_at = now }
  drivers[pool][instance] = one
  if not loop.spawn(function() run(one) end) then
    one.seen_at = -math.huge
  end
  return one
end

-- Makes sure that the busy pools of a wait are stepped. Returns after how many seconds to call this function again.
local function drive(wait, loop)
  local again_after = math.huge
  for pool in pairs(wait.pools) do
    local one = parked.is_busy(pool) and driver_of(pool, loop, wait.client)
    if one and one.bell and pool:timeout() == 0 then
      one.bell:ring()
    end
    if one and loop.is_parked then
      if core.monotonic() >= one.seen_at + (one.co and DEAD_SECONDS or START_SECONDS) then
        one.co, one.is_quiet = nil, nil
        turn(one)
      end
      again_after = math.min(again_after, one.co and DEAD_SECONDS or START_SECONDS)
    end
  end
  return again_after
end

--- Parks the running coroutine until a wait is done or due. Even a wait that is already due yields once, because the
-- coroutine may have kept the loop busy for long.
---@param wait cbr.Wait
---@param loop cbr.Loop
function driver.park(wait, loop)
  repeat
    local seconds = loop.spawn and drive(wait, loop) or math.huge
    if not wait.done then -- a driver that ran at once may have ended the wait
      seconds = math.min(seconds, wait.due and math.max(0, wait.due - core.monotonic()) or seconds)
      wait.loop = loop
      loop.park(wait, seconds < math.huge and seconds or nil)
      wait.loop = nil
    end
  until wait.done or wait.due and wait.due <= core.monotonic()
  wait.done = true
end

--- Stops the drivers of a pool that is about to be closed.
---@param pool userdata
function driver.stop(pool)
  for _, one in pairs(drivers[pool] or {}) do
    one.is_closed = true
    if one.bell then
      one.bell:ring()
    end
  end
  drivers[pool] = nil
end

return driver
