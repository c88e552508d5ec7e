--- Parks coroutines, and keeps their transfers going meanwhile.
--
-- In an event loop, each pool with transfers in flight has a driver: a coroutine that waits until its bell rings, steps
-- the pool (lets its transfers make progress), and wakes the coroutines whose transfers have ended. A bell is a
-- descriptor of the core, and rings by becoming readable: when a step is due, when a transfer was started, and when the
-- pool is about to be closed. The driver ends once nothing is in flight. If nginx has no room for a driver, or has
-- dropped it, a parked coroutine steps the pool itself.

local core = require "cbr.core"
local log = require "cbr.util.log"
local parked = require "cbr.loop.parked"

local driver = {}

local WAIT_SECONDS = 1 -- how long a driver waits at most, so that it steps its pool at least once a second
local POLL_SECONDS = 1 / 100 -- the time between two steps where nothing can wake who steps the pool
-- If a loop may drop coroutines, a parked coroutine steps the pool once if the driver has not started after START_SECONDS,
-- or has not stepped the pool for DEAD_SECONDS. After DEAD_SECONDS, a driver that has not started is replaced.
local START_SECONDS, DEAD_SECONDS = 1 / 20, 5 / 2
-- If a step handles this many events or more, others may follow at once: the driver only lets other coroutines run.
local BUSY_EVENTS = 4

---@class cbr.Driver the loop may keep fields of its own in it
---@field loop cbr.Loop
---@field pool userdata
---@field client? cbr.Client whose call made the driver
---@field co? thread the coroutine in which the driver runs; nil: it has not started, or seems to have been dropped
---@field made_at number when the driver was made, on core.monotonic's clock
---@field seen_at number when the pool was last stepped, or the driver was made
---@field fd? integer the pool's descriptor that the bell watches; a forked child has another one
---@field bell? userdata|false from core.bell; nil before the driver's first wait; false: the driver polls
---@field stream? table set by a loop that reads the bell's stream
---@field is_rung? boolean the bell was rung since the last step
---@field is_closed? boolean the driver must end
---@field is_quiet? boolean set by a loop whose drivers wait for new transfers: nothing has happened for a second

-- Pool -> instance of a loop -> its cbr.Driver. Any instance of a loop may stop for good at any time. Only the
-- coroutine of a driver holds its record.
local drivers = setmetatable({}, { __mode = "k" })

local told = setmetatable({}, { __mode = "k" }) -- the clients whose logs have had the event `polling`

-- Steps a pool once, and wakes the coroutines whose transfers have ended. Returns the number of events.
local function turn(one)
  local _, moved = one.pool:step(0)
  parked.wake_ended(one.pool, one.loop.max_wakes)
  one.seen_at = core.monotonic()
  parked.cancel_abandoned(one.seen_at)
  return moved
end

--- Lets a driver poll instead of waiting for its bell, and tells the client's log once.
---@param one cbr.Driver
---@param reason string
function driver.poll(one, reason)
  if one.bell then
    one.bell:close()
  end
  one.bell, one.is_quiet = false, nil
  if one.client and not told[one.client] then
    told[one.client] = true
    log.tell(one.client, { event = "polling", reason = reason })
  end
end

local function ring(one)
  if one.bell and not one.is_rung then
    one.is_rung = true
    one.bell:ring()
  end
end

-- Waits for the bell. Without transfers, pool:timeout() is nil, and the bell is not armed, because the end of an idle
-- connection would ring it again and again.
local function wait_for_bell(one, moved)
  local seconds = one.pool:timeout()
  if moved >= BUSY_EVENTS then
    ring(one)
  elseif seconds then
    one.bell:arm(one.stream and seconds or math.min(seconds, WAIT_SECONDS)) -- a stream ticks once a second
  end
  one.loop.wait(one.bell:fd(), WAIT_SECONDS, one)
end

-- Drives a pool until nothing is in flight, or the pool is about to be closed.
local function run(one)
  while not one.is_closed do
    one.co, one.is_rung = coroutine.running(), false
    local moved = turn(one)
    if one.is_closed or not parked.is_busy(one.pool) and one.is_quiet ~= false then
      break
    elseif one.bell == nil then
      local reason
      one.fd = one.pool:fd()
      one.bell, reason = core.bell(one.fd)
      if not one.bell then
        driver.poll(one, reason)
      end
    end
    if one.bell then
      wait_for_bell(one, moved)
    else
      one.loop.park(one, POLL_SECONDS)
    end
  end
  if one.bell then
    if one.loop.forget then
      one.loop.forget(one.bell:fd(), one)
    end
    one.bell:close()
  end
  one.is_closed = true
end

-- Returns the driver of a pool. Starts a driver if the pool has none, or if its driver has ended.
local function driver_of(pool, loop, client)
  local instance = loop.current and loop.current() or loop
  drivers[pool] = drivers[pool] or setmetatable({}, { __mode = "kv" })
  local one, now = drivers[pool][instance], core.monotonic()
  if one and not one.is_closed and not (one.co and parked.is_dead(one.co)) and (one.co or now < one.made_at + DEAD_SECONDS)
    and (one.fd or pool:fd()) == pool:fd() then -- after a fork, the descriptor is another one
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

-- Makes sure that the busy pools of a wait are stepped. Returns for how many seconds this is certain.
local function drive(wait, loop)
  local certain = math.huge
  for pool in pairs(wait.pools) do
    local one = parked.is_busy(pool) and driver_of(pool, loop, wait.client)
    if one and pool:timeout() == 0 then
      ring(one)
    end
    if one and loop.is_parked then
      if core.monotonic() >= one.seen_at + (one.co and DEAD_SECONDS or START_SECONDS) then
        one.co = nil
        turn(one)
      end
      certain = math.min(certain, one.co and DEAD_SECONDS or START_SECONDS)
    end
  end
  return certain
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
    ring(one)
  end
  drivers[pool] = nil
end

return driver
