--- Lets a call wait for its transfer, for a time, or for a signal that another call sets. While a wait blocks the
-- thread, the transfers of parked coroutines continue.

local choose = require "cbr.loop.choose"
local core = require "cbr.core"
local drivers = require "cbr.loop.drivers"
local parked = require "cbr.loop.parked"

local await = {}

local MAX_BLOCK_SECONDS = 1 -- how long the thread blocks at a time, so that Ctrl-C takes effect soon

-- The loop of a plain thread. Nothing else runs while a wait blocks the thread, so `thread.park` steps all pools.
local thread = { unpark = function() end }

function thread.park(wait, seconds)
  local ends = core.monotonic() + (seconds or math.huge)
  repeat
    parked.cancel_abandoned(core.monotonic()) -- first, so that no step sends anything for an abandoned coroutine
    local pools, fds, left = {}, {}, wait.done and 0 or math.min(MAX_BLOCK_SECONDS, ends - core.monotonic())
    for pool in pairs(parked.of_pool) do -- collected first: a coroutine that is woken below may add a pool
      pools[#pools + 1], left = pool, math.min(left, pool:timeout() or left)
      fds[#fds + 1] = pool:in_flight() > 0 and pool:fd() or nil
    end
    core.poll(fds, left)
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
-- item of a map, else its event loop, else the thread.
local function loop_of_running(client)
  local co = parked.can_park() and coroutine.running() or nil
  return co, co and (parked.map_of[co] or choose.current(client and client.loop)) or thread
end

--- Suspends the running coroutine until a wait is done or due. Cancels an earlier wait of it, whose yield raised.
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
  drivers.park(wait, loop)
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
  if (not co or is_main) and next(parked.of_pool) == nil then -- only this pool needs steps, so no wait is made
    while not transfer:done() do
      pool:step(MAX_BLOCK_SECONDS)
      repeat until not pool:ended()
    end
  elseif not transfer:done() then
    await.wait { client = client, pools = { [pool] = true }, transfer = transfer, serial = serial }
  end
end

--- Sleeps, while transfers continue.
---@param client cbr.Client
---@param seconds number
function await.sleep(client, seconds)
  await.wait { client = client, pools = { [client.pool] = true }, due = core.monotonic() + seconds }
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

--- Waits until a signal is set or the deadline passes, but for at most parked.SLICE_SECONDS.
---@param client cbr.Client whose call waits
---@param signal cbr.Signal for which await.can_be_set is true
---@param deadline number on core.monotonic's clock
function await.for_signal(client, signal, deadline)
  local due = math.min(deadline, core.monotonic() + parked.SLICE_SECONDS)
  local wait = { client = client, pools = { [client.pool] = true }, due = due }
  signal.waiting[wait] = true
  await.wait(wait)
  signal.waiting[wait] = nil
end

--- Whether a signal can still be set while the running coroutine waits for it. It cannot be set if the wait would block
-- the thread, or if the coroutine that has to set it is this one, has called this one, has ended, or was dropped.
---@param client cbr.Client whose call waits; may be closed
---@param signal cbr.Signal
---@return boolean
function await.can_be_set(client, signal)
  local co, loop = loop_of_running(client)
  parked.cancel_abandoned(core.monotonic()) -- if nothing is in flight, no driver does this
  local setter = parked.setter_of[signal]
  return client.pool ~= nil and not signal.is_set and core.monotonic() <= signal.deadline and loop ~= thread
    and setter ~= nil and setter ~= co and coroutine.status(setter) ~= "normal" and not parked.is_dead(setter)
end

--- Cancels the transfers that coroutines wait for. The coroutines continue.
---@param pool userdata
---@param client? cbr.Client cancels only the transfers of this client; the clients of other regions use the same pool
function await.cancel(pool, client)
  local waits = {} -- collected first: a coroutine that is woken may start another transfer
  for _, wait in pairs(parked.of_pool[pool] or {}) do
    waits[#waits + 1] = (not client or wait.client == client) and wait or nil
  end
  for _, wait in ipairs(waits) do
    if not wait.done then
      wait.transfer:cancel()
      parked.wake(wait)
    end
  end
end

--- Closes a pool. Its transfers end as cancelled, and the coroutines that wait for them continue.
---@param pool userdata
function await.close(pool)
  drivers.stop(pool)
  await.cancel(pool)
  parked.of_pool[pool] = nil
  pool:close()
end

return await
