--- Parks coroutines, and keeps their transfers going meanwhile.
--
-- In an event loop, each pool with transfers in flight has a driver: a coroutine that waits until its bell rings, steps
-- the pool (lets its transfers make progress), and wakes the coroutines whose transfers have ended. A bell is a
-- descriptor of the core. It becomes readable when a step is due, a transfer was started, or the pool will be closed.

local core = require "cbr.core"
local log = require "cbr.util.log"
local parked = require "cbr.loop.parked"

local drivers = {}

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
local by_pool = setmetatable({}, { __mode = "k" })
local told = setmetatable({}, { __mode = "k" }) -- the clients whose logs have had the event `polling`

-- Steps a pool, and wakes the coroutines whose transfers have ended. Nothing is sent for abandoned coroutines.
local function turn(driver)
  driver.seen_at = core.monotonic()
  parked.cancel_abandoned(driver.seen_at)
  if not driver.is_quiet and not driver.is_closed then -- after a quiet second, a step would find nothing to do
    driver.pool:step(0)
  end
  parked.wake_ended(driver.pool, driver.loop.max_wakes)
end

--- Lets a driver poll instead of waiting for its bell, and tells the client's log once.
---@param driver cbr.Driver
---@param reason string
---@return false bell the driver's new field `bell`
function drivers.poll(driver, reason)
  if driver.bell then
    driver.bell:close()
  end
  driver.bell, driver.is_quiet = false, nil
  if driver.client and not told[driver.client] then
    told[driver.client] = true
    log.tell(driver.client, { event = "polling", reason = reason })
  end
  return driver.bell
end

-- Drives a pool until nothing is in flight, or the pool is about to be closed. A driver with a stream ends only after a
-- second without a ring, because a new stream and its thread are expensive.
local function run(driver)
  while not driver.is_closed do
    driver.co = coroutine.running()
    turn(driver)
    if driver.is_closed or not parked.is_busy(driver.pool) and driver.is_quiet ~= false then
      break
    elseif driver.bell == nil then
      driver.fd = driver.pool:fd()
      local bell, reason = core.bell(driver.fd)
      driver.bell = bell or drivers.poll(driver, reason)
    end
    if driver.bell then
      local seconds = driver.pool:timeout()
      if seconds == 0 then
        driver.bell:ring() -- a step is due; other coroutines, and other requests of nginx, run before it
      elseif seconds then -- nil: nothing is in flight, and an idle connection that ends would ring again and again
        driver.bell:arm(driver.stream and seconds or math.min(seconds, WAIT_SECONDS)) -- a stream ticks once a second
      end
      driver.loop.wait(driver.bell:fd(), WAIT_SECONDS, driver)
    else
      driver.loop.park(driver, POLL_SECONDS)
    end
  end
  if driver.bell then
    driver.loop.forget(driver.bell:fd(), driver)
    driver.bell:close()
  end
  driver.is_closed = true
end

-- Returns the driver of a pool. Starts a driver if the pool has none, or if its driver has ended.
local function driver_of(pool, loop, client)
  local instance = loop.current and loop.current() or loop
  by_pool[pool] = by_pool[pool] or setmetatable({}, { __mode = "kv" })
  local driver, now = by_pool[pool][instance], core.monotonic()
  local co = driver and driver.co
  local is_alive = driver and (co and not parked.is_dead(co) or not co and now < driver.made_at + DEAD_SECONDS)
  if is_alive and not driver.is_closed and (driver.fd or pool:fd()) == pool:fd() then -- a fork changes the descriptor
    return driver
  elseif driver then
    driver.is_closed = true -- the old driver may still run
  end
  driver = { loop = loop, pool = pool, client = client, made_at = now, seen_at = now }
  by_pool[pool][instance] = driver
  if not loop.spawn(function() run(driver) end) then
    driver.seen_at = -math.huge
  end
  return driver
end

-- Makes sure that the busy pools of a wait are stepped. Returns after how many seconds to call this function again.
local function drive(wait, loop)
  local again_after = math.huge
  for pool in pairs(wait.pools) do
    local driver = parked.is_busy(pool) and driver_of(pool, loop, wait.client)
    if driver and driver.bell and pool:timeout() == 0 then
      driver.bell:ring()
    end
    if driver and loop.is_parked then
      if core.monotonic() >= driver.seen_at + (driver.co and DEAD_SECONDS or START_SECONDS) then
        driver.co, driver.is_quiet = nil, nil
        turn(driver)
      end
      again_after = math.min(again_after, driver.co and DEAD_SECONDS or START_SECONDS)
    end
  end
  return again_after
end

--- Parks the running coroutine until a wait is done or due. A wait that is due already, and not done, yields once.
---@param wait cbr.Wait
---@param loop cbr.Loop
function drivers.park(wait, loop)
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
function drivers.stop(pool)
  for _, driver in pairs(by_pool[pool] or {}) do
    driver.is_closed = true
    if driver.bell then
      driver.bell:ring()
    end
  end
  by_pool[pool] = nil
end

return drivers
