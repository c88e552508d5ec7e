--- The records of those who wait, and how they learn that it is over.
--
-- A record is held by the coroutine that waits, and by nothing else for good: a coroutine that its host drops (an
-- aborted nginx request) takes its transfer along when it is collected.

local waits = {}

---@class cbr.Task the item of a map
---@field routine thread
---@field ready fun(task: cbr.Task) its wait is over
---@field wait fun(pools: table<userdata, boolean>, wait: cbr.Wait)
---@field ended? boolean

---@class cbr.Wait
---@field done boolean what was waited for has happened
---@field wake? number on core.monotonic's clock: when to go on in any case
---@field transfer? userdata what is waited for, ended should the wait break off
---@field tasks? table<table, boolean> the same of a map: its items. No function does this, since nginx takes the
-- variables away from a coroutine that it drops
---@field task? cbr.Task the item of a map that waits
---@field host? cbr.Host where it is parked
---@field missed integer sweeps

---@class cbr.Setter whoever is to set a signal
---@field routine? thread nil once it was collected
---@field gone? boolean it was dropped, or the call that was to set it was broken off

-- Weak on both sides where a value leads back to its key, which Lua 5.1 could not collect otherwise.
local of_routine = setmetatable({}, { __mode = "kv" }) -- coroutine -> its cbr.Wait
local items = setmetatable({}, { __mode = "kv" }) -- a coroutine of cbr.map -> its task
local of_pool = setmetatable({}, { __mode = "k" }) -- pool -> serial number of a transfer -> cbr.Wait
local setters = setmetatable({}, { __mode = "k" }) -- coroutine -> its cbr.Setter
local swept_at = setmetatable({}, { __mode = "k" }) -- host -> when

waits.of_routine, waits.items, waits.of_pool = of_routine, items, of_pool

waits.SLICE = 1 -- seconds after which a coroutine that may have been dropped is to be heard of

local SWEEPS = 4 -- that a parked coroutine misses before it is taken to be dropped

--- A record for what has no transfer.
---@param wake? number
---@return cbr.Wait
function waits.new(wake)
  return { done = false, missed = 0, wake = wake }
end

--- A record for a transfer's end.
---@param pool userdata
---@param transfer userdata
---@param serial number as pool:start gave it
---@return cbr.Wait
function waits.for_transfer(pool, transfer, serial)
  local waiting = of_pool[pool]
  if not waiting then
    waiting = setmetatable({}, { __mode = "v" })
    of_pool[pool] = waiting
  end
  local wait = { done = transfer:done(), missed = 0, transfer = transfer }
  waiting[serial] = wait
  return wait
end

--- Ends a wait: whoever waits goes on, in its turn.
---@param wait cbr.Wait
function waits.notify(wait)
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

--- Tells those whose transfers have ended.
---@param pool userdata
---@param most? integer so many of them
---@return boolean more there may be others
function waits.deliver(pool, most)
  local waiting, told = of_pool[pool], 0
  for serial in pool.ended, pool do
    local wait = waiting and waiting[serial]
    if wait then
      waiting[serial] = nil
      waits.notify(wait)
      told = told + 1
      if told == most then
        return true
      end
    end
  end
  return false
end

--- Ends what a coroutine waited for that will not go on there: it was dropped, or its yield raised, since Lua 5.1
-- cannot yield across a pcall. What it waited for must not be sent later on.
---@param routine thread
function waits.give_up(routine)
  local wait, setter = of_routine[routine], setters[routine]
  of_routine[routine] = nil
  if wait and setter then
    setter.gone, setters[routine] = true, nil
  end
  if not wait or wait.done then
    return
  end
  wait.done = true
  if wait.transfer then
    wait.transfer:close()
  end
  for task in pairs(wait.tasks or {}) do
    waits.give_up(task.routine)
  end
end

--- Gives up those parked by a host that were not heard of for several slices. To be called often, by whomever. Sweeps
-- are counted, and one for a slice at most: a worker that stood still for long has heard of nobody.
---@param host cbr.Host
---@param now number
function waits.sweep(host, now)
  swept_at[host] = swept_at[host] or now
  if now - swept_at[host] <= waits.SLICE then
    return
  end
  swept_at[host] = now
  for routine, wait in pairs(of_routine) do
    if wait.host == host then
      wait.missed = wait.missed + 1
      if wait.missed > SWEEPS then
        waits.give_up(routine)
      end
    end
  end
end

--- The running coroutine, as others may ask for it. nginx uses a coroutine again once its request is gone: by then it
-- is somebody else.
---@return cbr.Setter
function waits.setter()
  local routine = coroutine.running()
  local setter = routine and setters[routine]
  if not setter then
    setter = setmetatable({ routine = routine }, { __mode = "v" })
    if routine then
      setters[routine] = setter
    end
  end
  return setter
end

return waits
