--- How a call waits: for its transfer, for its time, or for what another call is about to find out.
--
-- In plain Lua a wait blocks the thread, and moves all transfers meanwhile. An item of cbr.map hands over to the map.
-- Under an event loop (cbr.hosts) it is parked, and a driver moves its pool.

local core = require "cbr.core"
local driver = require "cbr.loop.driver"
local hosts = require "cbr.loop.choose"
local waits = require "cbr.loop.parked"

local loop = {}

local LONGEST_STEP = 1 -- seconds for which a plain wait blocks at a time, so that Ctrl-C is heard
local SHARED_STEP = 0.002 -- the same while several pools are waited on that have no descriptor
local SLICE = 1 -- seconds after which a wait for a signal looks whether it can still come

local chosen = setmetatable({}, { __mode = "k" }) -- pool -> the host that its client was given

-- Moves every pool that somebody waits on, and sleeps until something happens or it is time.
local function turn(wake)
  local patience = wake and math.max(0, math.min(LONGEST_STEP, wake - core.monotonic())) or LONGEST_STEP
  local one, busy
  for pool in pairs(waits.of_pool) do
    if pool:in_flight() == 0 then
      waits.deliver(pool) -- what a fork has ended
    elseif one then
      busy = busy or { one }
      busy[#busy + 1] = pool
    else
      one = pool
    end
  end
  if not busy then
    if one then
      one:step(patience)
      waits.deliver(one)
    else
      core.poll({}, patience)
    end
    return
  end
  local fds, happened = {}, 0
  for _, pool in ipairs(busy) do
    local _, moved = pool:step(0)
    happened = happened + moved
    fds[#fds + 1] = pool:fd()
    patience = math.min(patience, pool:timeout() or patience)
  end
  for _, pool in ipairs(busy) do
    waits.deliver(pool)
  end
  if happened == 0 then
    core.poll(fds, #fds == #busy and patience or math.min(patience, SHARED_STEP))
  end
end

-- The host that a wait on these pools is parked by; nil: it blocks.
local function host_of(pools)
  local pool = next(pools)
  local host = pool and chosen[pool]
  if host == nil then
    return hosts.current()
  end
  return host and host.is_running() and host or nil
end

--- Whether a wait on these pools would block the running coroutine's thread.
---@param pools table<userdata, boolean>
---@return boolean
function loop.blocks(pools)
  local routine = coroutine.running()
  return not (routine and waits.items[routine]) and not host_of(pools)
end

local sets = setmetatable({}, { __mode = "k" }) -- pool -> the set of it alone

-- A pool as a set, which nobody changes.
local function alone(pool)
  local set = sets[pool]
  if not set then
    set = setmetatable({ [pool] = true }, { __mode = "k" }) -- weak: Lua 5.1 would never collect the pool otherwise
    sets[pool] = set
  end
  return set
end

--- Waits for `wait` to be done, or for its time, in the running coroutine.
---@param pools table<userdata, boolean> what is moved meanwhile
---@param wait cbr.Wait
function loop.await(pools, wait)
  local routine = coroutine.running()
  local task = routine and waits.items[routine]
  if routine then
    waits.give_up(routine)
    waits.of_routine[routine] = wait
  end
  if task then
    wait.task = task
    task.wait(pools, wait)
  else
    local host = host_of(pools)
    if host then
      driver.park(wait, host, pools)
    end
    while not host and not wait.done and not (wait.wake and core.monotonic() >= wait.wake) do
      turn(wait.wake)
    end
  end
  if routine then
    waits.of_routine[routine] = nil
  end
end

--- Waits until a transfer has ended.
---@param pool userdata
---@param transfer userdata
---@param serial number as pool:start gave it
function loop.finish(pool, transfer, serial)
  local wait = waits.for_transfer(pool, transfer, serial)
  if not wait.done then
    loop.await(alone(pool), wait)
  end
end

--- Sleeps, while all transfers move along.
---@param pool userdata of the client that sleeps
---@param seconds number
function loop.sleep(pool, seconds)
  loop.await(alone(pool), waits.new(core.monotonic() + seconds))
end

---@class cbr.Signal something that one call finds out, and others wait for
---@field is_set boolean
---@field setter cbr.Setter who finds it out
---@field task? table the item of a map that this is
---@field deadline number by when it has found out, or never will
---@field waiting table<cbr.Wait, boolean>

--- A signal that the running coroutine will set.
---@param deadline number on core.monotonic's clock
---@return cbr.Signal
function loop.signal(deadline)
  local routine = coroutine.running()
  local task = routine and waits.items[routine]
  return { is_set = false, setter = waits.setter(), task = task, deadline = deadline, waiting = {} }
end

--- Sets it, and lets those that wait for it go on.
---@param signal cbr.Signal
function loop.set(signal)
  signal.is_set = true
  for wait in pairs(signal.waiting) do
    waits.notify(wait)
  end
end

--- Waits for a signal, and for a while at most: whoever should set it may have been dropped.
---@param pool userdata
---@param signal cbr.Signal
---@param deadline number on core.monotonic's clock
function loop.await_signal(pool, signal, deadline)
  local wait = waits.new(math.min(deadline, core.monotonic() + SLICE))
  if not signal.is_set then
    signal.waiting[wait] = true
    loop.await(alone(pool), wait)
    signal.waiting[wait] = nil
  end
end

--- Whether a signal can still come while the running coroutine waits for it: others go on meanwhile, it is not the
-- one that has to set it nor is called by it, and that one was not dropped.
---@param pool? userdata nil on a closed client
---@param signal cbr.Signal
---@return boolean
function loop.may_come(pool, signal)
  local routine, setter, now = coroutine.running(), signal.setter.routine, core.monotonic()
  if not pool or not routine or not setter or setter == routine or signal.is_set or now > signal.deadline then
    return false
  end
  local host = host_of(alone(pool))
  if not waits.items[routine] and not host then
    return false
  elseif host and host.drops then
    waits.sweep(host, now) -- with nothing in flight no driver does
  end
  if signal.setter.gone then
    return false
  elseif signal.task then
    return not signal.task.ended
  end
  local status = coroutine.status(setter)
  if host and host.drops then -- of another request's coroutine it says that it is dead
    return status ~= "normal"
  end
  return status ~= "dead" and status ~= "normal"
end

--- Gives a pool the host of its client: nil finds it by itself, false blocks.
---@param pool userdata
---@param host cbr.Host|false|nil
function loop.attach(pool, host)
  chosen[pool] = host
end

--- Closes a pool: what is in flight ends as cancelled, and whoever waits goes on.
---@param pool userdata
function loop.close(pool)
  local is_open, fd = pcall(pool.fd, pool)
  if not is_open then
    return -- collected together with its client, and before it: it has closed itself
  end
  driver.stop(pool)
  if fd then
    hosts.forget(fd, chosen[pool])
  end
  pool:close()
  local waiting = waits.of_pool[pool] or {}
  waits.of_pool[pool] = nil
  for _, wait in pairs(waiting) do
    waits.notify(wait)
  end
end

return loop
