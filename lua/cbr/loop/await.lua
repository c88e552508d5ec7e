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
    local pools, fds, left = {}, {}, MAX_BLOCK_SECONDS
    for pool in pairs(parked.of_pool) do -- a coroutine that is woken may add a pool, or close one
      pools[#pools + 1] = pool
    end
    for i = #pools, 1, -1 do
      local pool = pools[i]
      parked.wake_ended(pool) -- if nothing is in flight, a fork may have ended the transfers
      if pool:in_flight() > 0 then
        fds[#fds + 1], left = pool:fd(), math.min(left, pool:timeout() or left)
      else
        parked.of_pool[pool] = nil
        table.remove(pools, i)
      end
    end
    left = wait.done and 0 or math.max(0, math.min(left, ends - core.monotonic()))
    if #pools ~= 1 then -- otherwise the step waits
      core.poll(fds, left)
      left = 0
    end
    for _, pool in ipairs(pools) do
      if parked.of_pool[pool] then
        pool:step(left)
        parked.wake_ended(pool)
      end
    end
  until wait.done or core.monotonic() >= ends
end

-- The event loop that can park the running coroutine: the option `loop` of the pool's client, else the loop that is
-- detected; nil if there is none.
local function event_loop_for(pool)
  local client = parked.client_of[pool]
  if not client or client.loop == nil then
    return choose.current()
  end
  return client.loop and client.loop.is_running() and client.loop or nil
end

-- Returns the running coroutine (nil for the main one), and the loop that parks it: the loop of its map if it is an
-- item of a map, else its event loop, else the thread.
local function loop_of_running(pool)
  local co = parked.can_park() and coroutine.running() or nil
  return co, co and (parked.map_of[co] or event_loop_for(pool)) or thread
end

--- Suspends the running coroutine until a wait is done or due. If the coroutine abandoned an earlier wait, that wait is
-- cancelled.
---@param wait cbr.Wait
function await.wait(wait)
  local co, loop = loop_of_running(next(wait.pools))
  if co then
    local abandoned = parked.of_coroutine[co]
    if abandoned then
      parked.cancel(co)
      if abandoned.loop and abandoned.loop.abandon then
        abandoned.loop.abandon(abandoned)
      end
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
---@param pool userdata
---@param transfer userdata
---@param serial number the transfer's number, from pool:start
---@param client cbr.Client the client that the transfer belongs to, for `await.cancel`
function await.finish(pool, transfer, serial, client)
  local co, is_main = coroutine.running()
  if (not co or is_main) and next(parked.of_pool) == nil then -- as thread.park does it, but without tables
    while not transfer:done() do
      pool:step(MAX_BLOCK_SECONDS)
      repeat until not pool:ended()
    end
  elseif not transfer:done() then
    await.wait { done = false, pools = { [pool] = true }, transfer = transfer, serial = serial, client = client }
  end
end

--- Sleeps, while transfers continue.
---@param pool userdata the pool of the client that sleeps
---@param seconds number
function await.sleep(pool, seconds)
  await.wait(parked.new({ [pool] = true }, core.monotonic() + seconds))
end

---@class cbr.Signal one call sets it; other calls wait for it
---@field is_set boolean
---@field setter { co?: thread } the coroutine that has to set the signal; nil: the coroutine was collected; or it is
-- the main coroutine, and nothing else runs before the signal is set
---@field life? integer the value of parked.lives for the setter
---@field deadline number on core.monotonic's clock; the signal is set by then, or never
---@field waiting table<cbr.Wait, boolean>

--- Makes a signal that the running coroutine has to set.
---@param deadline number on core.monotonic's clock
---@return cbr.Signal
function await.signal(deadline)
  local co = parked.can_park() and coroutine.running() or nil
  local setter = setmetatable({ co = co }, { __mode = "v" })
  return { is_set = false, setter = setter, life = co and parked.lives[co], deadline = deadline, waiting = {} }
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
    local wait = parked.new({ [pool] = true }, math.min(deadline, core.monotonic() + parked.SLICE_SECONDS))
    signal.waiting[wait] = true
    await.wait(wait)
    signal.waiting[wait] = nil
  end
end

--- Whether a signal can still be set while the running coroutine waits for it. It cannot be set if the wait would block
-- the thread, or if the coroutine that has to set it is the running one, has called the running one, has ended, or was
-- dropped.
---@param pool? userdata nil: the client is closed
---@param signal cbr.Signal
---@return boolean
function await.can_be_set(pool, signal)
  local setter, now = signal.setter.co, core.monotonic()
  if not pool or not setter or signal.is_set or now > signal.deadline then
    return false
  end
  local co, loop = loop_of_running(pool)
  if setter == co or loop == thread then
    return false
  end
  parked.cancel_abandoned(now) -- if nothing is in flight, no driver does this
  return parked.lives[setter] == signal.life and coroutine.status(setter) ~= "normal" and not parked.is_dead(setter)
end

--- Sets the client of a pool: its option `loop` is the event loop of the pool's transfers.
---@param pool userdata
---@param client cbr.Client
function await.attach(pool, client)
  parked.client_of[pool] = client
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
