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
---@field missed integer slices

-- Weak on both sides where a value leads back to its key, which Lua 5.1 could not collect otherwise.
local of_routine = setmetatable({}, { __mode = "kv" }) -- coroutine -> its cbr.Wait
local items = setmetatable({}, { __mode = "kv" }) -- a coroutine of cbr.map -> its task
local of_pool = setmetatable({}, { __mode = "k" }) -- pool -> serial number of a transfer -> cbr.Wait

waits.of_routine, waits.items, waits.of_pool = of_routine, items, of_pool

local SLICES = 4 -- that a parked coroutine misses before it is taken to be dropped

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
function waits.deliver(pool)
  local waiting = of_pool[pool]
  for serial in pool.ended, pool do
    local wait = waiting and waiting[serial]
    if wait then
      waiting[serial] = nil
      waits.notify(wait)
    end
  end
end

--- Ends what a coroutine waited for that will not go on there: it was dropped, or its yield raised, since Lua 5.1
-- cannot yield across a pcall. What it waited for must not be sent later on.
---@param routine thread
function waits.give_up(routine)
  local wait = of_routine[routine]
  of_routine[routine] = nil
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

--- Counts a slice in which those parked by a host were not heard of, and gives up those that are gone.
---@param host cbr.Host
function waits.sweep(host)
  for routine, wait in pairs(of_routine) do
    if wait.host == host then
      wait.missed = wait.missed + 1
      if not waits.is_heard_of(wait) then
        waits.give_up(routine)
      end
    end
  end
end

---@param wait cbr.Wait
---@return boolean
function waits.is_heard_of(wait)
  return wait.missed <= SLICES
end

return waits
