--- Copas can wait only for sockets. So each wait uses a bell of the core, a descriptor that becomes readable at a given
-- time, in an object that has the methods of a socket. Old versions of Copas (1.x, as in Debian) do not tell whether
-- their loop runs: they need the option `loop = "copas"`.

local copas = require "copas"
local core = require "cbr.core"
local parked = require "cbr.loop.parked"

local POLL_SECONDS = 1 / 100 -- the time of one sleep while no descriptor is left for a bell
local function do_nothing() end

local event_loop = { forget = do_nothing }

-- Waits until a descriptor is readable. Copas calls `receive` twice: the first call makes it wait.
function event_loop.wait(fd)
  local has_waited = false
  copas.receive({
    getfd = function() return fd end,
    receive = function()
      has_waited = not has_waited
      return not has_waited and "" or nil, has_waited and "timeout" or nil
    end,
    settimeout = do_nothing, close = do_nothing, dirty = do_nothing,
  }, 1)
end

function event_loop.is_running(is_given)
  return (copas.running or copas.running == nil and is_given) and parked.can_park()
end

function event_loop.spawn(run)
  copas.addthread(run)
  return true
end

function event_loop.park(ticket, seconds)
  local bell = core.bell()
  if not bell and not copas.sleep then
    error("no descriptor is left for a wait in Copas", 0)
  elseif not bell then
    return copas.sleep(math.min(seconds or POLL_SECONDS, POLL_SECONDS))
  end
  ticket.parked_on = bell
  bell:arm(seconds)
  event_loop.wait(bell:fd())
  bell:close()
end

function event_loop.unpark(ticket)
  if ticket.parked_on then
    ticket.parked_on:ring()
  end
end

return event_loop
