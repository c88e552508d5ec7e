--- Under an event loop: coroutines are parked, and one driver moves a pool for all that wait on it.

local core = require "cbr.core"
local waits = require "cbr.loop.parked"

local driver = {}

-- Seconds for which a coroutine is parked that its host may drop without a word, the first time: its driver may not
-- have come to life.
local FIRST_SLICE = 0.1
-- Seconds for which a coroutine is parked at least: for less nginx would not wait at all, nor luv before its next turn.
local SHORTEST = 0.001
local LONGEST = 0.1 -- seconds for which a driver waits: what is begun meanwhile may have an earlier time of its own
local FIRST_STEPS = 32 -- with which a wait begins, at most
local TURN = 0.02 -- seconds for which one of several pools is moved that nobody else moves

---@class cbr.Driver what moves a pool
---@field beat_at number when it looked last, on core.monotonic's clock; before the first look when it was appointed
---@field host cbr.Host
---@field life? { routine?: thread } where it runs; nil before it does, and the thread is once it was collected
---@field is_idle? boolean it waits for something to do, or dozes between two looks: unpark lets it go on
---@field closed? boolean

-- pool -> loop -> cbr.Driver: a host may have several loops, and any of them may be left for ever
local drivers = setmetatable({}, { __mode = "k" })

local function loop_of(host)
  return host.loop and host.loop() or host
end

local function is_over(mine, host)
  if not mine.life or host.drops then -- of another request's coroutine nginx says that it is dead
    return false
  end
  return not mine.life.routine or coroutine.status(mine.life.routine) == "dead"
end

local function driver_of(pool, host)
  local mine = drivers[pool] and drivers[pool][loop_of(host)]
  return mine and not is_over(mine, host) and mine or nil
end

local function appoint(pool, host)
  local mine = { beat_at = core.monotonic(), host = host }
  drivers[pool] = drivers[pool] or setmetatable({}, { __mode = "k" })
  drivers[pool][loop_of(host)] = mine
  return mine
end

local function is_in_flight(pool)
  return waits.of_pool[pool] ~= nil and pool:in_flight() > 0 -- nobody waits on a closed one
end

local function dismiss(pool, host, mine)
  local of_pool, its_loop = drivers[pool], loop_of(host)
  if of_pool and of_pool[its_loop] == mine then
    of_pool[its_loop] = nil
  end
end

-- Lets it go on that waits for something to do.
local function rouse(mine)
  if mine.is_idle then
    mine.is_idle = false
    mine.host.unpark(mine)
  end
end

-- Moves a pool as long as anything is in flight on it, or for as long as `is_wanted`.
local function run(pool, host, mine, is_wanted)
  local now = core.monotonic()
  mine.life = setmetatable({ routine = coroutine.running() }, { __mode = "v" })
  local in_flight, moved, more = 0, 0, false
  local moved_at = now
  while not mine.closed do
    if not more then
      in_flight, moved = pool:step(0)
    end
    more = waits.deliver(pool, host.most)
    now = core.monotonic()
    mine.beat_at = now
    if mine.closed or is_wanted and not is_wanted() then
      break
    elseif in_flight > 0 or more then
      moved_at = moved > 0 and now or moved_at
      if host.drops then
        waits.sweep(host, now)
      end
      host.wait(pool:fd(), more and 0 or math.min(pool:timeout() or LONGEST, LONGEST), moved, now - moved_at, mine)
    elseif not host.lingers or is_wanted or not host.lingers(mine) then
      break
    end
  end
  dismiss(pool, host, mine)
end

-- Sees to it that somebody moves a pool.
local function drive(pool, host)
  local mine = driver_of(pool, host)
  if not mine then
    mine = appoint(pool, host)
    if not host.spawn(function() run(pool, host, mine) end) then
      dismiss(pool, host, mine)
    end
  else
    rouse(mine)
  end
end

-- The pools of a wait that nobody has moved since a moment.
local function unmoved(pools, host, moment)
  local list = {}
  for pool in pairs(pools) do
    local its_driver = is_in_flight(pool) and driver_of(pool, host)
    if its_driver == nil or its_driver and its_driver.beat_at <= moment then
      list[#list + 1] = pool
    end
  end
  return list
end

-- The host had no room for their drivers, or dropped them: the pools are moved from here, in turns, as long as this
-- wait lasts. A driver of ours that is closed meanwhile: so was its pool, or somebody else has taken over.
local function take_over(list, host, wait)
  local mine = {}
  for _, pool in ipairs(list) do
    local dead = driver_of(pool, host)
    if dead then
      dead.closed = true
    end
    mine[pool] = appoint(pool, host)
  end
  local function lasts()
    return not wait.done and not (wait.wake and core.monotonic() >= wait.wake)
  end
  repeat
    for i = #list, 1, -1 do
      local pool = list[i]
      local turn_ends = #list > 1 and core.monotonic() + TURN or math.huge
      run(pool, host, mine[pool], function()
        return lasts() and core.monotonic() < turn_ends
      end)
      if mine[pool].closed or not is_in_flight(pool) then
        table.remove(list, i)
      else
        mine[pool] = appoint(pool, host)
      end
    end
  until #list == 0 or not lasts()
  for _, pool in ipairs(list) do
    dismiss(pool, host, mine[pool])
    if is_in_flight(pool) then -- else it may have been closed in another's turn
      drive(pool, host)
    end
  end
end

-- Sends what was begun: the driver does not know of it before it looks again. One that can be told does it for all
-- who begin in the same turn of the loop.
local function begin(pool, host)
  local mine = host.most and driver_of(pool, host)
  if mine then
    return rouse(mine)
  end
  for _ = 1, host.most and 1 or FIRST_STEPS do
    pool:step(0)
    if pool:timeout() ~= 0 then
      break
    end
  end
  waits.deliver(pool)
end

--- Parks the running coroutine until its wait is over, and sees to it that its pools are moved. Others are given way
--- to once in any case: what went before may have taken all the time there was.
---@param wait cbr.Wait
---@param host cbr.Host
---@param pools table<userdata, boolean>
function driver.park(wait, host, pools)
  wait.missed = 0
  for pool in pairs(pools) do
    if is_in_flight(pool) then
      begin(pool, host)
    end
  end
  local slice, has_parked = host.drops and FIRST_SLICE, false
  while not wait.done do
    local left = wait.wake and wait.wake - core.monotonic()
    if left and left <= 0 and has_parked then
      break
    end
    left = left and math.max(left, SHORTEST)
    for pool in pairs(pools) do
      if is_in_flight(pool) then
        drive(pool, host)
      end
    end
    if wait.done then -- driving has ended it
      break
    end
    local parked_at = core.monotonic()
    wait.host = host
    host.park(wait, slice and math.min(slice, left or slice) or left)
    wait.host, wait.missed, has_parked = nil, 0, true
    if slice and not wait.done and core.monotonic() - parked_at > slice / 2 then -- else it had no time to move them
      slice = waits.SLICE
      take_over(unmoved(pools, host, parked_at), host, wait)
    end
  end
end

--- The pool is about to be closed.
---@param pool userdata
function driver.stop(pool)
  for _, mine in pairs(drivers[pool] or {}) do
    mine.closed = true
    rouse(mine)
  end
  drivers[pool] = nil
end

return driver
