--- How a call waits: for its transfer, for a time, or for a signal that another call sets.
--
-- An item of cbr.map yields to the map. A coroutine of an event loop is parked in that loop, and a driver
-- (cbr.loop.driver) steps its pool, which sends and receives. Everywhere else, and always in the main coroutine, a wait
-- blocks the thread. Meanwhile, the transfers of all parked coroutines go on.

local choose = require "cbr.loop.choose"
local core = require "cbr.core"
local driver = require "cbr.loop.driver"
local parked = require "cbr.loop.parked"

local await = {}

local LONGEST_BLOCK_SECONDS = 1 -- how long the thread blocks at a time, so that Ctrl-C takes effect soon

local loop_of = setmetatable({}, { __mode = "k" }) -- pool -> the event loop that its client was given

local known_fd = setmetatable({}, { __mode = "k" }) -- pool -> its descriptor

-- The event loop that can park the running coroutine; nil if there is none.
local function event_loop_for(pool)
  local loop = pool and loop_of[pool]
  if loop == nil then
    return choose.current()
  end
  return loop and loop.is_running() and loop or nil
end

-- The pools that parked coroutines and items of maps have waited on; nil if there are none. Whether one of them still
-- waits is not asked: `next` on a list of waits that has shrunk takes as long as that list once was.
local function shared_pools()
  local list
  for pool in pairs(parked.of_pool) do
    list = list or {}
    list[#list + 1] = pool
  end
  return list
end

-- Steps these pools and `own` (if given), waits until something happens on one of them, and wakes the coroutines whose
-- transfers have ended.
local function step_shared(pools, own, seconds)
  local busy = {}
  for _, pool in ipairs(pools) do
    if pool ~= own and pool:in_flight() > 0 then
      busy[#busy + 1] = pool
    end
  end
  busy[#busy + 1] = own
  local fds, moved, is_single = {}, 0, #busy == 1
  for i, pool in ipairs(busy) do
    moved = moved + select(2, pool:step(is_single and seconds or 0))
    fds[i] = pool:fd()
    seconds = math.min(seconds, pool:timeout() or seconds)
  end
  if not is_single and moved == 0 then
    core.poll(fds, seconds)
  end
  for _, pool in ipairs(pools) do
    parked.wake_ended(pool) -- if nothing is in flight, a fork may have ended the transfers
  end
end

-- The loop of a plain thread. Nothing else runs while it parks: it moves the transfers itself, all of them.
local thread = {}

-- If no coroutine is parked, only the pool of this wait is stepped.
function thread.park(wait)
  local own = wait.pool
  while not wait.done and not (wait.due and core.monotonic() >= wait.due) do
    local left = wait.due and wait.due - core.monotonic() or LONGEST_BLOCK_SECONDS
    local seconds = math.max(0, math.min(left, LONGEST_BLOCK_SECONDS))
    local pools = shared_pools()
    if pools then
      step_shared(pools, own, seconds)
    elseif own then
      own:step(seconds)
    else
      core.poll({}, seconds)
    end
    if own then
      repeat until not own:ended() -- the pool's list of ended transfers must not grow
      wait.done = wait.done or wait.transfer:done()
    end
  end
end

-- Returns the running coroutine (nil for the main one of Lua 5.1), and the loop that parks it: the map that it is an
-- item of, its event loop, or else the thread.
local function loop_of_running(pools)
  local co, is_main = coroutine.running()
  if not co or is_main then
    return co, thread
  end
  local item = parked.item_of[co]
  return co, item and item.loop or event_loop_for(next(pools)) or thread, item
end

-- Calls `run(...)`, which suspends the running coroutine. If the coroutine is closed meanwhile (coroutine.close of Lua
-- 5.4), its wait is cancelled at once.
local function suspend(_, run, ...)
  return run(...)
end

if rawget(coroutine, "close") then
  local closing = { __close = parked.note_exit }
  local guarded = assert(load [[
    local wait, run = ...
    local guard <close> = wait
    run(select(3, ...))
    wait.has_returned = true
  ]])
  function suspend(wait, ...)
    wait.co = coroutine.running()
    return guarded(setmetatable(wait, closing), ...)
  end
end

--- Suspends the running coroutine until a wait is done or due. If the coroutine abandoned an earlier wait, that wait is
-- cancelled.
---@param pools table<userdata, boolean> pools whose transfers must go on during the wait
---@param wait cbr.Wait
function await.wait(pools, wait)
  local co, loop, item = loop_of_running(pools)
  if co then
    if parked.of_coroutine[co] then
      parked.cancel(co)
    end
    parked.of_coroutine[co] = wait
  end
  if loop == thread then
    thread.park(wait)
  else
    wait.item = item
    if wait.transfer then
      parked.add(wait)
    end
    suspend(wait, item and loop.park or driver.park, wait, loop, pools)
  end
  if co then
    parked.of_coroutine[co] = nil
  end
end

--- Whether await.wait with these pools would block the thread.
---@param pools table<userdata, boolean>
---@return boolean
function await.blocks(pools)
  return select(2, loop_of_running(pools)) == thread
end

-- If a pool has just opened its descriptor, the event loops must forget what they know of this number: it may have been
-- that of a pool that was collected without being closed.
local function forget_earlier_owner(pool)
  local fd = pool:fd()
  if fd ~= known_fd[pool] then
    known_fd[pool] = fd
    choose.forget(fd, loop_of[pool])
  end
end

--- Waits until a transfer has ended.
---@param pool userdata
---@param transfer userdata
---@param serial number the transfer's number, from pool:start
---@param client cbr.Client whose transfer it is, for `await.cancel`
function await.finish(pool, transfer, serial, client)
  forget_earlier_owner(pool)
  local co, is_main = coroutine.running()
  if (not co or is_main) and next(parked.of_pool) == nil then -- as await.wait does it for most scripts, without tables
    while not transfer:done() do
      pool:step(LONGEST_BLOCK_SECONDS)
      repeat until not pool:ended()
    end
  elseif not transfer:done() then
    await.wait({ [pool] = true }, {
      done = false, transfer = transfer, pool = pool, serial = serial, client = client,
    })
  end
end

--- Sleeps, while transfers go on.
---@param pool userdata the pool of the client that sleeps
---@param seconds number
function await.sleep(pool, seconds)
  await.wait({ [pool] = true }, parked.new(core.monotonic() + seconds))
end

---@class cbr.Signal one call sets it; other calls wait for it
---@field is_set boolean
---@field setter cbr.Setter the coroutine that has to set the signal
---@field item? cbr.MapItem the item of a map that this coroutine belongs to
---@field deadline number on core.monotonic's clock; the signal is set by then, or never
---@field waiting table<cbr.Wait, boolean>

--- Makes a signal that the running coroutine has to set.
---@param deadline number on core.monotonic's clock
---@return cbr.Signal
function await.signal(deadline)
  local co, is_main = coroutine.running()
  local can_park = co and not is_main -- otherwise nothing else runs before the signal is set
  return {
    is_set = false, setter = can_park and parked.setter(co) or {}, item = can_park and parked.item_of[co] or nil,
    deadline = deadline, waiting = {},
  }
end

--- Sets a signal, and wakes the coroutines that wait for it.
---@param signal cbr.Signal
function await.set(signal)
  signal.is_set = true
  for wait in pairs(signal.waiting) do
    parked.wake(wait)
  end
end

--- Waits until a signal is set or the deadline passes, but for at most parked.SLICE_SECONDS, because the coroutine that
-- has to set it may have been dropped. Call await.can_be_set before each wait.
---@param pool userdata the pool of the client that waits
---@param signal cbr.Signal
---@param deadline number on core.monotonic's clock
function await.for_signal(pool, signal, deadline)
  if not signal.is_set then
    local wait = parked.new(math.min(deadline, core.monotonic() + parked.SLICE_SECONDS))
    signal.waiting[wait] = true
    await.wait({ [pool] = true }, wait)
    signal.waiting[wait] = nil
  end
end

--- Whether a signal can still be set while the running coroutine waits for it. It cannot if the wait would block the
-- thread. Nor can it if the coroutine that has to set it is the running one, has called the running one, has ended, or
-- was dropped.
---@param pool? userdata nil: the client is closed
---@param signal cbr.Signal
---@return boolean
function await.can_be_set(pool, signal)
  local setter, now = signal.setter.co, core.monotonic()
  if not pool or not setter or signal.is_set or now > signal.deadline then
    return false
  end
  local co, loop = loop_of_running { [pool] = true }
  if setter == co or loop == thread then
    return false
  end
  local event_loop = event_loop_for(pool) -- the map itself may run in an event loop
  if event_loop then
    parked.cancel_dropped(event_loop, now) -- if nothing is in flight, no driver does this
  end
  if signal.setter.is_gone then
    return false
  elseif signal.item then
    return not signal.item.has_ended
  end
  local status = coroutine.status(setter)
  -- in nginx, coroutines of other requests are "dead"
  return status ~= "normal" and (status ~= "dead" or event_loop ~= nil and event_loop.is_parked ~= nil)
end

--- Sets the client of a pool. Its `loop` is the event loop of the pool: nil: the loop is detected at each wait; false:
-- waits block.
---@param pool userdata
---@param client cbr.Client
function await.attach(pool, client)
  parked.client_of[pool], loop_of[pool] = client, client.loop
end

--- Closes the connections of a pool that has no transfer in flight. Its next transfer opens others.
---@param pool userdata
---@return boolean released false: a transfer is in flight
function await.release(pool)
  if pool:in_flight() > 0 then
    return false
  end
  local is_open, fd = pcall(pool.fd, pool)
  if is_open then
    driver.stop(pool)
    if fd then
      choose.forget(fd, loop_of[pool])
    end
    pool:release()
    known_fd[pool] = nil
  end
  return true
end

--- Cancels the transfers that coroutines of one client wait for, on a pool that other clients use too. The coroutines
-- go on.
---@param pool userdata
---@param client cbr.Client
function await.cancel(pool, client)
  for _, wait in pairs(parked.of_pool[pool] or {}) do
    if wait.client == client and not wait.done then
      wait.transfer:cancel()
      parked.wake(wait)
    end
  end
end

--- Closes a pool. Its transfers end as cancelled, and the coroutines that wait for them go on.
---@param pool userdata
function await.close(pool)
  local is_open, fd = pcall(pool.fd, pool)
  if not is_open then
    return -- the garbage collector has closed the pool before its client
  end
  driver.stop(pool)
  if fd then
    choose.forget(fd, loop_of[pool])
  end
  pool:close()
  local waits = parked.of_pool[pool] or {}
  parked.of_pool[pool] = nil
  for _, wait in pairs(waits) do
    parked.wake(wait)
  end
end

return await
