--- The waits of coroutines: what each coroutine waits for, and how it is woken.
--
-- Only the waiting coroutine holds the record of its wait; every table here is weak. So if an event loop drops a
-- coroutine, as nginx does when a request is aborted, the garbage collector ends its transfer.

local ngx = rawget(_G, "ngx")

local parked = {}

---@class cbr.Wait the ticket with which a coroutine is parked
---@field pools table<userdata, boolean> the pools whose transfers must continue during the wait
---@field client? cbr.Client whose call waits; for a map's own wait, that of the item that waited last
---@field done? true the wait must end, or has ended
---@field due? number latest end of the wait, on core.monotonic's clock
---@field transfer? userdata the transfer that is waited for; it is closed if the wait is abandoned
---@field serial? number the transfer's number in its pool
---@field loop? cbr.Loop the loop that has parked the coroutine; nil while the coroutine runs, unless its yield raised
---@field items? table<thread, integer> for a map's own wait: the map's items, which are abandoned together with it
---@field co? thread in a map: the coroutine that waits

-- If a value refers to its key, keys and values are weak: Lua 5.1 could not collect them otherwise.
parked.of_coroutine = setmetatable({}, { __mode = "kv" }) -- coroutine -> its cbr.Wait
parked.map_of = setmetatable({}, { __mode = "kv" }) -- coroutine of an item -> the cbr.Loop of its map
parked.of_pool = setmetatable({}, { __mode = "k" }) -- pool -> serial number of a transfer -> cbr.Wait
parked.setter_of = setmetatable({}, { __mode = "kv" }) -- cbr.Signal -> the coroutine that has to set it

parked.SLICE_SECONDS = 1 -- how long a coroutine waits at a time for another coroutine, which may have been dropped
local SEARCH_SECONDS = 1 -- the shortest time between two searches for abandoned coroutines
local searched_at = -math.huge

--- Whether the running coroutine can be parked: all but the main one can.
---@return boolean
function parked.can_park()
  local co, is_main = coroutine.running()
  return co ~= nil and not is_main
end

--- Whether a coroutine has ended.
---@param co thread
---@return boolean is_dead always false in nginx, where the coroutines of other requests are "dead"
function parked.is_dead(co)
  return not ngx and coroutine.status(co) == "dead"
end

--- Notes which transfer a wait is for, so that parked.wake_ended ends the wait.
---@param wait cbr.Wait
function parked.add(wait)
  local pool = next(wait.pools)
  parked.of_pool[pool] = parked.of_pool[pool] or setmetatable({}, { __mode = "v" })
  parked.of_pool[pool][wait.serial] = wait
end

--- Ends a wait. The loop resumes the coroutine later.
---@param wait cbr.Wait
function parked.wake(wait)
  if not wait.done then
    wait.done = true
    if wait.loop then
      wait.loop.unpark(wait)
    end
  end
end

--- Ends the waits for transfers that have ended.
---@param pool userdata
---@param limit? integer largest number of waits to end
function parked.wake_ended(pool, limit)
  local waits, count, serial = parked.of_pool[pool], 0, pool:ended()
  while serial do
    local wait = waits and waits[serial]
    if wait then
      waits[serial], count = nil, count + 1
      parked.wake(wait)
    end
    serial = count ~= limit and pool:ended() or nil
  end
end

--- Whether a pool must be stepped: transfers are in flight, or parked.wake_ended has not yet handled their end.
---@param pool userdata may be closed
---@return boolean
function parked.is_busy(pool)
  return pool:in_flight() > 0 or pool:timeout() == 0
end

--- Cancels what an abandoned coroutine was waiting for, so that nothing is sent on its behalf later. A coroutine is
-- abandoned if it can never continue, or if its yield raised: Lua 5.1 cannot yield across a pcall.
---@param co thread
function parked.cancel(co)
  local wait = parked.of_coroutine[co] or { done = true } -- without a wait, only its signals are cancelled
  parked.of_coroutine[co] = nil
  for signal, setter in pairs(parked.setter_of) do
    parked.setter_of[signal] = setter ~= co and setter or nil -- removed, because nginx reuses coroutines
  end
  if not wait.done and wait.transfer then
    wait.transfer:close()
  end
  wait.done = true
  for item in pairs(wait.items or {}) do -- even if the map was woken, it cannot wake its items any more
    parked.cancel(item)
  end
  if wait.loop and wait.loop.abandon then
    wait.loop.abandon(wait)
  end
end

--- Cancels the waits of coroutines that can never continue: they were closed (coroutine.close of Lua 5.4), an error
-- ended them, or their event loop has dropped them. Such coroutines are searched for at most once a second.
---@param now number on core.monotonic's clock
function parked.cancel_abandoned(now)
  if now - searched_at <= SEARCH_SECONDS then
    return
  end
  searched_at = now
  local abandoned = {} -- cancelling lets coroutines continue, which may change the table of all waits
  for co, wait in pairs(parked.of_coroutine) do
    local is_parked = wait.loop and wait.loop.is_parked
    local has_work = not wait.done or wait.items -- a woken map that has ended still has items to cancel
    if has_work and parked.is_dead(co) or not wait.done and is_parked and not is_parked(wait) then
      abandoned[#abandoned + 1] = co
    end
  end
  for _, co in ipairs(abandoned) do
    parked.cancel(co)
  end
end

return parked
