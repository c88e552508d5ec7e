--- Lets a call wait for its transfer, for a time, or for a signal that another call sets.
--
-- An item of cbr.map waits in the loop of its map; a coroutine of an event loop waits in that event loop. Everywhere
-- else, and always in the main coroutine, a wait blocks the thread. During a wait, the transfers of all parked
-- coroutines continue.

local choose = require "cbr.loop.choose"
local core = require "cbr.core"
local driver = require "cbr.loop.driver"
local parked = require "cbr.loop.parked"

local await = {}

local MAX_BLOCK_SECONDS = 1 -- how long the thread blocks at a time, so that Ctrl-C takes effect soon

-- The loop of a plain thread. Nothing else runs while a wait blocks the thread, so `thread.park` steps all pools.
local thread = { unpark = function() end }

function thread.park(wait, seconds)
  local ends = core.monotonic() + (seconds or math.huge)
  repeat
    local pools, fds, left = {}, {}, wait.done and 0 or math.min(MAX_BLOCK_SECONDS, ends - core.monotonic())
    for pool in pairs(parked.of_pool) do -- a coroutine that is woken may add a pool, or close one
      pools[#pools + 1], left = pool, math.min(left, pool:timeout() or left)
      fds[#fds + 1] = pool:in_flight() > 0 and pool:fd() or nil
    end
    core.poll(fds, math.max(left, 0))
    for _, pool in ipairs(pools) do
      if parked.is_busy(pool) then
        pool:step(0)
      end
      parked.wake_ended(pool)
      if pool:in_flight() == 0 then
        parked.of_pool[pool] = nil
      end
    end
  until wait.done or core.monotonic() >= ends
end

-- Returns the running coroutine (nil for the main one), and the loop that parks it: the loop of its map if it is an
-- item of a map, else the option `loop` of the client, else the loop that is detected, else the thread.
local function loop_of_running(client)
  local co = parked.can_park() and coroutine.running() or nil
  local loop = co and parked.map_of[co]
  if co and not loop then
    local option = client and client.loop
    if option == nil then
      loop = choose.current()
    else
      loop = option and option.is_running(true) and option
    end
  end
  return co, loop or thread
end

--- Suspends the running coroutine until a wait is done or due. If the coroutine abandoned an earlier wait, that wait is
-- cancelled.
---@param wait cbr.Wait
function await.wait(wait)
  local co, loop = loop_of_running(wait.client)
  if co then
    if parked.of_coroutine[co] then
      parked.cancel(co)
    end
    parked.of_coroutine[co] = wait
  end
  if wait.transfer then
    parked.add(wait)
  end
  driver.park(wait, loop)
  if co then
    parked.of_coroutine[co] = nil
  end
end

--- Waits until a transfer has ended.
---@param client cbr.Client the client that the transfer belongs to
---@param pool userdata
---@param transfer userdata
---@param serial number the transfer's number, from pool:start
function await.finish(client, pool, transfer, serial)
  local co, is_main = coroutine.running()
  if (not co or is_main) and next(parked.of_pool) == nil then -- as thread.park does it, but without tables
    while not transfer:done() do
      pool:step(MAX_BLOCK_SECONDS)
      repeat until not pool:ended()
    end
  elseif not transfer:done() then
    await.wait { client = client, pools = { [pool] = true }, transfer = transfer, serial = serial }
  end
end

-- Makes a wait that ends at a given time, or when it is woken.
local function until_due(client, due)
  return { client = client, pools = { [client.pool] = true }, due = due }
end

--- Sleeps, while transfers continue.
---@param client cbr.Client
---@param seconds number
function await.sleep(client, seconds)
  await.wait(until_due(client, core.monotonic() + seconds))
end

---@class cbr.Signal one call sets it; other calls wait for it
---@field is_set boolean
---@field deadline number on core.monotonic's clock; the signal is set by then, or never
---@field waiting table<cbr.Wait, boolean>

--- Makes a signal that the running coroutine has to set.
---@param deadline number on core.monotonic's clock
---@return cbr.Signal
function await.signal(deadline)
  local signal = { is_set = false, deadline = deadline, waiting = {} }
  parked.setter_of[signal] = parked.can_park() and coroutine.running() or nil
  return signal
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
---@param client cbr.Client whose call waits
---@param signal cbr.Signal
---@param deadline number on core.monotonic's clock
function await.for_signal(client, signal, deadline)
  if not signal.is_set then
    local wait = until_due(client, math.min(deadline, core.monotonic() + parked.SLICE_SECONDS))
    signal.waiting[wait] = true
    await.wait(wait)
    signal.waiting[wait] = nil
  end
end

--- Whether a signal can still be set while the running coroutine waits for it. It cannot be set if the wait would block
-- the thread, or if the coroutine that has to set it is the running one, has called the running one, has ended, or was
-- dropped.
---@param client cbr.Client whose call waits; may be closed
---@param signal cbr.Signal
---@return boolean
function await.can_be_set(client, signal)
  local co, loop = loop_of_running(client)
  parked.cancel_abandoned(core.monotonic()) -- if nothing is in flight, no driver does this
  local setter = parked.setter_of[signal] -- nil: it was dropped, or is the main coroutine: nothing else runs until then
  return client.pool ~= nil and not signal.is_set and core.monotonic() <= signal.deadline and loop ~= thread
    and setter ~= nil and setter ~= co and coroutine.status(setter) ~= "normal" and not parked.is_dead(setter)
end

--- Cancels the transfers that coroutines wait for. The coroutines continue.
---@param pool userdata
---@param client? cbr.Client cancels only the transfers of this client; the clients of other regions use the same pool
function await.cancel(pool, client)
  local cancelled = {} -- collected first: a coroutine that is woken may start another transfer
  for _, wait in pairs(parked.of_pool[pool] or {}) do
    if not wait.done and (not client or wait.client == client) then
      cancelled[#cancelled + 1] = wait
    end
  end
  for _, wait in ipairs(cancelled) do
    if not wait.done then
      wait.transfer:cancel()
      parked.wake(wait)
    end
  end
end

--- Closes a pool. Its transfers end as cancelled, and the coroutines that wait for them continue.
---@param pool userdata
function await.close(pool)
  driver.stop(pool)
  await.cancel(pool)
  parked.of_pool[pool] = nil
  pool:close()
end

return await
