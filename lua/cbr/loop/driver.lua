--- Keeps transfers going while an event loop has parked their coroutines.
--
-- Each pool with transfers in flight has one driver: a coroutine of the event loop that waits for the pool's
-- descriptor, steps the pool, and wakes the coroutines whose transfers have ended. The driver ends once nothing is in
-- flight. If a loop starts no driver, or drops it, a parked coroutine drives the pool itself.

local core = require "cbr.core"
local log = require "cbr.util.log"
local parked = require "cbr.loop.parked"

local driver = {}

-- A loop that may drop coroutines may also drop a driver, or not run it. So a parked coroutine checks that its drivers
-- have started, and after that, once in a while, that they still step their pools. They do so once a second.
local FIRST_CHECK_SECONDS, CHECK_SECONDS = 1 / 10, 5 / 2
local SHORTEST_PARK_SECONDS = 1 / 1000 -- for a shorter time, nginx would not wait at all
local LONGEST_WAIT_SECONDS = 1 / 10 -- a transfer that starts while a driver waits may be due earlier than the others
local BUSY_EVENTS = 4 -- after so many events in one step there may be more: the driver only lets other coroutines run
local MOST_FIRST_STEPS = 32 -- steps that a starting transfer gets at once, before its coroutine is parked

---@class cbr.Driver
---@field seen_at number when the driver last stepped its pool, or was created, on core.monotonic's clock
---@field moved_at number when a step last moved something
---@field loop cbr.EventLoop
---@field life? { co?: thread } set once the driver runs in a coroutine of its own; `co` becomes nil when the coroutine
-- is collected
---@field is_idle? boolean the driver waits and can be woken by unpark
---@field is_wanted? boolean the driver was to be woken
---@field closed? boolean the driver must stop: its pool is closed, or another coroutine drives it
---@field is_quiet? boolean set by the loop's `wait`: nothing can have happened to the pool meanwhile
---@field polls_because? string set by the loop's `wait`: why it polls, although it could wait in a better way

-- pool -> instance of a loop -> cbr.Driver. Each instance needs its own driver, because any instance may stop running
-- for good at any time.
local drivers = setmetatable({}, { __mode = "k" })

local function instance_of(loop)
  return loop.current and loop.current() or loop
end

-- The driver of a pool; nil if the pool has no driver, or if its driver has ended with an error.
local function driver_of(pool, loop)
  local one = drivers[pool] and drivers[pool][instance_of(loop)]
  if one and one.life and not loop.is_parked then -- in nginx, coroutines of other requests are "dead"
    local has_ended = not one.life.co or coroutine.status(one.life.co) == "dead"
    return not has_ended and one or nil
  end
  return one
end

-- Creates the driver of a pool. The driver does nothing before `run`.
local function create(pool, loop)
  local now = core.monotonic()
  local one = { seen_at = now, moved_at = now, loop = loop }
  drivers[pool] = drivers[pool] or setmetatable({}, { __mode = "k" })
  drivers[pool][instance_of(loop)] = one
  return one
end

local function remove(pool, loop, one)
  local of_pool, instance = drivers[pool], instance_of(loop)
  if of_pool and of_pool[instance] == one then
    of_pool[instance] = nil
  end
end

-- Wakes a driver, for a transfer that was started or because it must stop.
local function wake(one)
  one.is_wanted = true
  if one.is_idle then
    one.is_idle = false
    one.loop.unpark(one)
  end
end

local function is_in_flight(pool)
  return parked.of_pool[pool] ~= nil and pool:in_flight() > 0 -- a closed pool has no waits
end

-- Notes that a driver runs.
local function note_alive(one)
  one.seen_at = core.monotonic()
  parked.cancel_dropped(one.loop, one.seen_at)
end

-- Steps a pool once, and wakes the coroutines whose transfers have ended. Returns how many transfers are in flight;
-- whether others have ended; and how much the step has moved.
local function turn(pool, loop, one)
  local in_flight, moved = pool:step(0)
  local more = parked.wake_ended(pool, pool:fd() and loop.max_wakes) -- no descriptor: a fork has ended all transfers
  note_alive(one)
  one.moved_at = moved > 0 and one.seen_at or one.moved_at
  return in_flight, more, moved
end

local told = setmetatable({}, { __mode = "k" }) -- the clients whose log was told that their loop polls

local function tell_polling(pool, reason)
  local client = parked.client_of[pool]
  if client and not told[client] then
    told[client] = true
    log.tell(client, { event = "polling", reason = reason })
  end
end

-- Drives a pool until nothing is in flight, or the driver is closed.
local function run(pool, loop, one)
  one.life = setmetatable({ co = coroutine.running() }, { __mode = "v" })
  while not one.closed do
    local in_flight, more, moved = turn(pool, loop, one)
    if one.closed then
      break
    elseif in_flight > 0 or more then
      local longest = loop.max_wakes and math.huge or LONGEST_WAIT_SECONDS
      local is_busy = more or moved >= BUSY_EVENTS
      local seconds = is_busy and 0 or math.min(pool:timeout() or longest, longest)
      repeat
        loop.wait(pool:fd(), seconds, one)
        note_alive(one)
      until not one.is_quiet or one.closed or pool:in_flight() == 0
      if one.polls_because then
        tell_polling(pool, one.polls_because)
      end
    elseif not loop.linger or not loop.linger(one) then
      break
    end
  end
  remove(pool, loop, one)
end

-- Makes sure that the pool has a driver. False: the loop has no room for one, or does not run it.
local function ensure(pool, loop)
  local one = driver_of(pool, loop)
  if one then
    local patience = one.life and CHECK_SECONDS or FIRST_CHECK_SECONDS
    if not loop.is_parked or core.monotonic() - one.seen_at < patience then
      return true
    end
    one.closed = true
    return false
  end
  one = create(pool, loop)
  if not loop.spawn(function() run(pool, loop, one) end, one) then
    remove(pool, loop, one)
    return false
  end
  return true
end

-- Parks the running coroutine, once.
local function park(wait, loop, seconds)
  wait.loop = loop
  loop.park(wait, seconds and math.max(seconds, SHORTEST_PARK_SECONDS))
  wait.loop = nil
end

local function time_left(wait)
  return wait.due and wait.due - core.monotonic() or math.huge
end

--- How long to sleep before the next poll, where nothing tells that a pool is ready: longer and longer.
---@param one cbr.Driver
---@return number seconds from 0.001 to 0.02
function driver.poll_seconds(one)
  return math.max(1 / 1000, math.min(1 / 50, (core.monotonic() - one.moved_at) / 20))
end

-- Drives pools that have transfers in flight and no driver, in the running coroutine, until its wait is over. It polls.
local function drive_here(pools, loop, wait)
  local own = {}
  repeat
    local seconds = time_left(wait)
    for pool in pairs(pools) do
      local one = own[pool]
      if one and (one.closed or not is_in_flight(pool)) then -- the pool was closed, or another coroutine drives it
        remove(pool, loop, one)
        own[pool] = nil
      elseif one or is_in_flight(pool) and not ensure(pool, loop) then
        own[pool] = one or create(pool, loop)
        turn(pool, loop, own[pool])
        seconds = math.min(seconds, driver.poll_seconds(own[pool]))
      end
    end
    if next(own) and not wait.done and seconds > 0 then
      park(wait, loop, seconds)
    end
  until not next(own) or wait.done or time_left(wait) <= 0
  for pool, one in pairs(own) do
    remove(pool, loop, one)
    if is_in_flight(pool) then
      ensure(pool, loop)
    end
  end
end

-- Whether all pools with transfers in flight have a driver; and for how long that can be relied on.
local function are_driven(pools, loop)
  local all, seconds = true, math.huge
  for pool in pairs(pools) do
    local is_driven = not is_in_flight(pool) or ensure(pool, loop)
    if is_in_flight(pool) then -- spawn may have run a driver at once
      all = all and is_driven
      local one = loop.is_parked and driver_of(pool, loop)
      seconds = one and math.min(seconds, one.life and CHECK_SECONDS or FIRST_CHECK_SECONDS) or seconds
    end
  end
  return all, seconds
end

-- Sends the requests that were started, because a driver that waits does not know of them. A driver that can be woken
-- sends all requests of one turn of the loop together.
local function send(pool, loop)
  local one = loop.max_wakes and driver_of(pool, loop)
  if one then
    return wake(one)
  elseif loop.max_wakes then
    return -- the new driver will send them
  end
  for _ = 1, MOST_FIRST_STEPS do
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
---@param loop cbr.EventLoop
---@param pools table<userdata, boolean>
function driver.park(wait, loop, pools)
  for pool in pairs(pools) do
    if is_in_flight(pool) then
      send(pool, loop)
    end
  end
  repeat
    local all, seconds = are_driven(pools, loop)
    if not all then
      drive_here(pools, loop, wait)
    elseif not wait.done then -- spawn may have run a driver at once, which ended the wait
      seconds = math.min(seconds, time_left(wait))
      park(wait, loop, seconds < math.huge and seconds or nil)
    end
  until wait.done or time_left(wait) <= 0
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
