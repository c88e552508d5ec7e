--- How a call waits: for its transfer, for its time, or for what another call is about to find out.
--
-- A wait is a record. In plain Lua it blocks the thread and moves all transfers meanwhile. An item of cbr.map hands
-- over to the map. Under an event loop (a host, see cbr.hosts) it is parked, and one driver moves the pool for all.
--
-- A record is held by the coroutine that waits, and by nothing else for good: a coroutine that its host drops (an
-- aborted nginx request) takes its transfer along when it is collected.

local core = require "cbr.core"
local hosts = require "cbr.hosts"

local loop = {}

local LONGEST_STEP = 1 -- seconds for which a plain wait blocks at a time, so that Ctrl-C is heard
local SHARED_STEP = 0.002 -- the same while several pools are waited on that have no descriptor
local FIRST_SLICE, SLICE = 0.1, 1 -- seconds for which a coroutine is parked that its host may drop without a word
local LONGEST_WAIT = 0.1 -- seconds for which a driver waits: what is begun meanwhile may have an earlier time of its own
local FIRST_STEPS = 32 -- with which a wait begins, at most
local ABANDONED = 4 -- slices that a parked coroutine misses before it is taken to be dropped

---@class cbr.Wait
---@field done boolean what was waited for has happened
---@field wake? number on core.monotonic's clock: when to go on in any case
---@field cancel? fun() ends what is waited for, should the wait break off
---@field task? table the item of a map that waits
---@field host? cbr.Host where it is parked
---@field missed integer slices

-- Weak on both sides where a value leads back to its key, which Lua 5.1 could not collect otherwise.
local WEAK_KEYS, WEAK_VALUES, WEAK = { __mode = "k" }, { __mode = "v" }, { __mode = "kv" }
local items = setmetatable({}, WEAK) -- the coroutines of cbr.map -> their task
local waits = setmetatable({}, WEAK) -- coroutine -> its cbr.Wait
local by_serial = setmetatable({}, WEAK_KEYS) -- pool -> serial number of a transfer -> cbr.Wait
local chosen = setmetatable({}, WEAK_KEYS) -- pool -> the host that its client was given
local drivers = setmetatable({}, WEAK_KEYS) -- pool -> what moves it under a host

--- Ends a wait: whoever waits goes on, in its turn.
---@param wait cbr.Wait
function loop.notify(wait)
  if wait.done then
    return
  end
  wait.done = true
  if wait.task then
    wait.task.ready(wait.task)
  elseif wait.host then
    wait.host.unpark(wait)
  end
end

-- Tells those whose transfers have ended.
local function deliver(pool)
  local waiting = by_serial[pool]
  for serial in pool.ended, pool do
    local wait = waiting and waiting[serial]
    if wait then
      waiting[serial] = nil
      loop.notify(wait)
    end
  end
end

-- Lua 5.1 cannot yield across a pcall: the yield raises, and the wait is over though its coroutine goes on, or ends.
-- What it waited for must not be sent later on.
local function give_up(routine)
  local wait = waits[routine]
  waits[routine] = nil
  if wait and not wait.done then
    wait.done = true
    if wait.cancel then
      wait.cancel()
    end
  end
end
loop.give_up = give_up

-- Moves every pool that somebody waits on, and sleeps until something happens or it is time.
local function turn(wake)
  local patience = math.max(0, math.min(LONGEST_STEP, wake and wake - core.monotonic() or LONGEST_STEP))
  local busy = {}
  for pool in pairs(by_serial) do
    busy[#busy + 1] = pool:in_flight() > 0 and pool or nil
  end
  if #busy < 2 then
    local pool = busy[1]
    if pool then
      pool:step(patience)
      deliver(pool)
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
    deliver(pool)
  end
  if happened == 0 then
    core.poll(fds, #fds == #busy and patience or math.min(patience, SHARED_STEP))
  end
end

-- {======= under a host =======

-- Marks who has not been heard of, and ends what dropped coroutines waited for.
local function sweep(host)
  for routine, wait in pairs(waits) do
    if wait.host == host then
      wait.missed = wait.missed + 1
      if wait.missed > ABANDONED then
        give_up(routine)
      end
    end
  end
end

-- Moves a pool as long as anything is in flight on it, or until `is_over`.
local function run(pool, host, driver, is_over)
  local now = core.monotonic()
  local moved_at, swept_at = now, now
  while not driver.closed do
    local in_flight, moved = pool:step(0)
    deliver(pool)
    driver.beats, now = driver.beats + 1, core.monotonic()
    if is_over and is_over() or driver.closed then
      break
    elseif in_flight > 0 then
      moved_at = moved > 0 and now or moved_at
      if host.drops and now - swept_at > SLICE then
        sweep(host)
        swept_at = now
      end
      host.wait(pool:fd(), math.min(pool:timeout() or LONGEST_WAIT, LONGEST_WAIT), moved, now - moved_at)
    elseif not host.lingers or is_over or not host.lingers(driver) then
      break
    end
  end
  if drivers[pool] == driver then
    drivers[pool] = nil
  end
end

-- Sees to it that somebody moves a pool.
local function drive(pool, host)
  local driver = drivers[pool]
  if driver then
    if driver.is_idle then
      driver.is_idle = false
      host.unpark(driver)
    end
    return driver
  end
  driver = { beats = 0 }
  drivers[pool] = driver
  if not host.spawn(function() run(pool, host, driver) end) then
    drivers[pool] = nil
  end
  return driver
end

-- The host had no room for a driver, or dropped it: the pool is moved from here, as long as this wait lasts.
local function take_over(pool, host, driver, wait)
  driver.closed = true
  driver = { beats = 0 }
  drivers[pool] = driver
  run(pool, host, driver, function()
    return wait.done or wait.wake ~= nil and core.monotonic() >= wait.wake
  end)
  if not driver.closed and pool:in_flight() > 0 then
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
  deliver(pool)
end

local function park(wait, host, pools)
  wait.missed = 0
  for pool in pairs(pools) do
    if by_serial[pool] and pool:in_flight() > 0 then
      begin(pool, host)
    end
  end
  local slice = host.drops and FIRST_SLICE
  while not wait.done do
    local left = wait.wake and wait.wake - core.monotonic()
    if left and left <= 0 then
      break
    end
    local pool, driver, beats
    for each in pairs(pools) do
      if by_serial[each] and each:in_flight() > 0 then
        pool, driver = each, drive(each, host)
        beats = driver.beats
      end
    end
    if wait.done then -- driving has ended it
      break
    end
    wait.host = host
    host.park(wait, slice and math.min(slice, left or slice) or left)
    wait.host, wait.missed = nil, 0
    if slice and not wait.done then
      slice = SLICE
      if pool and drivers[pool] == driver and driver.beats == beats then
        take_over(pool, host, driver, wait)
      end
    end
  end
end

-- }======================

-- The host that a wait on these pools is parked by; nil: it blocks.
local function host_of(pools)
  local pool = next(pools)
  local host = pool and chosen[pool]
  if host == nil then
    return hosts.current()
  end
  return host and host.is_running() and host or nil
end

--- Waits for `wait` to be done, or for its time, in the running coroutine.
---@param pools table<userdata, boolean> what is moved meanwhile
---@param wait cbr.Wait
function loop.await(pools, wait)
  local routine = coroutine.running()
  local task = routine and items[routine]
  if routine then
    give_up(routine)
    waits[routine] = wait
  end
  if task then
    wait.task = task
    task.wait(pools, wait)
  else
    local host = host_of(pools)
    if host then
      park(wait, host, pools)
    end
    while not host and not wait.done and not (wait.wake and core.monotonic() >= wait.wake) do
      turn(wait.wake)
    end
  end
  if routine then
    waits[routine] = nil
  end
end

--- Waits until a transfer has ended.
---@param pool userdata
---@param transfer userdata
---@param serial number as pool:start gave it
function loop.finish(pool, transfer, serial)
  local waiting = by_serial[pool]
  if not waiting then
    waiting = setmetatable({}, WEAK_VALUES)
    by_serial[pool] = waiting
  end
  local wait = { done = transfer:done(), missed = 0, cancel = function() transfer:close() end }
  if not wait.done then
    waiting[serial] = wait
    loop.await({ [pool] = true }, wait)
  end
end

--- Sleeps, while all transfers move along.
---@param pool userdata of the client that sleeps
---@param seconds number
function loop.sleep(pool, seconds)
  loop.await({ [pool] = true }, { done = false, missed = 0, wake = core.monotonic() + seconds })
end

---@class cbr.Signal something that one call finds out, and others wait for
---@field is_set boolean
---@field routine? thread who finds it out
---@field task? table the item of a map that this is
---@field deadline number by when it has found out, or never will
---@field waiting table<cbr.Wait, boolean>

--- A signal that the running coroutine will set.
---@param deadline number on core.monotonic's clock
---@return cbr.Signal
function loop.signal(deadline)
  local routine = coroutine.running()
  return { is_set = false, routine = routine, task = routine and items[routine], deadline = deadline, waiting = {} }
end

--- Sets it, and lets those that wait for it go on.
---@param signal cbr.Signal
function loop.set(signal)
  signal.is_set = true
  for wait in pairs(signal.waiting) do
    loop.notify(wait)
  end
end

--- Waits for a signal, and for a while at most: whoever should set it may have been dropped.
---@param pool userdata
---@param signal cbr.Signal
---@param deadline number on core.monotonic's clock
function loop.await_signal(pool, signal, deadline)
  local wait = { done = signal.is_set, missed = 0, wake = math.min(deadline, core.monotonic() + SLICE) }
  if not wait.done then
    signal.waiting[wait] = true
    loop.await({ [pool] = true }, wait)
    signal.waiting[wait] = nil
  end
end

--- Whether a signal can still come while the running coroutine waits for it: others go on meanwhile, it is not the
-- one that has to set it, and that one was not dropped.
---@param pool userdata
---@param signal cbr.Signal
---@return boolean
function loop.may_come(pool, signal)
  local routine, setter = coroutine.running(), signal.routine
  if not routine or not setter or setter == routine or signal.is_set or core.monotonic() > signal.deadline then
    return false
  end
  local host = host_of { [pool] = true }
  if not items[routine] and not host then
    return false
  elseif signal.task then
    return not signal.task.ended
  elseif host and host.drops then -- coroutine.status knows nothing of another request's
    return not waits[setter] or waits[setter].missed <= ABANDONED
  end
  return coroutine.status(setter) ~= "dead"
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
  local driver, fd = drivers[pool], pool:fd()
  if driver then
    driver.closed, drivers[pool] = true, nil
  end
  if fd then
    hosts.forget(fd, chosen[pool])
  end
  pool:close()
  local waiting = by_serial[pool] or {}
  by_serial[pool] = nil
  for _, wait in pairs(waiting) do
    loop.notify(wait)
  end
end

--- Makes a coroutine an item of a map: what it waits for is handed to the task.
---@param routine thread
---@param task { ready: fun(task: table), wait: fun(wait: cbr.Wait, pool: userdata), ended?: boolean }
function loop.adopt(routine, task)
  items[routine] = task
end

return loop
