--- Under an event loop: coroutines are parked, and one driver moves a pool for all that wait on it.

local core = require "cbr.core"
local waits = require "cbr.waits"

local driver = {}

-- Seconds for which a coroutine is parked that its host may drop without a word, the first time: its driver may not
-- have come to life.
local FIRST_SLICE = 0.1
local LONGEST = 0.1 -- seconds for which a driver waits: what is begun meanwhile may have an earlier time of its own
local FIRST_STEPS = 32 -- with which a wait begins, at most

local drivers = setmetatable({}, { __mode = "k" }) -- pool -> { beats, is_idle?, closed? } of what moves it

-- Moves a pool as long as anything is in flight on it, or until `is_over`.
local function run(pool, host, mine, is_over)
  local now = core.monotonic()
  local moved_at = now
  while not mine.closed do
    local in_flight, moved = pool:step(0)
    waits.deliver(pool)
    mine.beats, now = mine.beats + 1, core.monotonic()
    if is_over and is_over() or mine.closed then
      break
    elseif in_flight > 0 then
      moved_at = moved > 0 and now or moved_at
      if host.drops then
        waits.sweep(host, now)
      end
      host.wait(pool:fd(), math.min(pool:timeout() or LONGEST, LONGEST), moved, now - moved_at)
    elseif not host.lingers or is_over or not host.lingers(mine) then
      break
    end
  end
  if drivers[pool] == mine then
    drivers[pool] = nil
  end
end

-- Sees to it that somebody moves a pool; -> that driver
local function drive(pool, host)
  local mine = drivers[pool]
  if not mine then
    mine = { beats = 0 }
    drivers[pool] = mine
    if not host.spawn(function() run(pool, host, mine) end) then
      drivers[pool] = nil
    end
  elseif mine.is_idle then
    mine.is_idle = false
    host.unpark(mine)
  end
  return mine
end

-- The host had no room for a driver, or dropped it: the pool is moved from here, as long as this wait lasts.
local function take_over(pool, host, dead, wait)
  dead.closed = true
  local mine = { beats = 0 }
  drivers[pool] = mine
  run(pool, host, mine, function()
    return wait.done or wait.wake ~= nil and core.monotonic() >= wait.wake
  end)
  if not mine.closed and pool:in_flight() > 0 then
    drive(pool, host)
  end
end

-- Sends what was begun: the driver does not know of it before it looks again.
local function begin(pool, host)
  for _ = 1, host.drops and 1 or FIRST_STEPS do
    pool:step(0)
    if pool:timeout() ~= 0 then
      break
    end
  end
  waits.deliver(pool)
end

--- Parks the running coroutine until its wait is over, and sees to it that its pools are moved.
---@param wait cbr.Wait
---@param host cbr.Host
---@param pools table<userdata, boolean>
function driver.park(wait, host, pools)
  wait.missed = 0
  for pool in pairs(pools) do
    if waits.of_pool[pool] and pool:in_flight() > 0 then
      begin(pool, host)
    end
  end
  local slice = host.drops and FIRST_SLICE
  while not wait.done do
    local left = wait.wake and wait.wake - core.monotonic()
    if left and left <= 0 then
      break
    end
    local pool, mine, beats
    for each in pairs(pools) do
      if waits.of_pool[each] and each:in_flight() > 0 then
        pool, mine = each, drive(each, host)
        beats = mine.beats
      end
    end
    if wait.done then -- driving has ended it
      break
    end
    wait.host = host
    host.park(wait, slice and math.min(slice, left or slice) or left)
    wait.host, wait.missed = nil, 0
    if slice and not wait.done then
      slice = waits.SLICE
      if pool and (not drivers[pool] or drivers[pool] == mine and mine.beats == beats) then
        take_over(pool, host, mine, wait)
      end
    end
  end
end

--- The pool is about to be closed.
---@param pool userdata
function driver.stop(pool)
  if drivers[pool] then
    drivers[pool].closed, drivers[pool] = true, nil
  end
end

return driver
