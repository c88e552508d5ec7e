--- Copas: it waits on sockets alone, so a wait is a descriptor with a time (an alarm), made to look like a socket.
--
-- Old versions of Copas (1.x, as in Debian) do not tell whether their loop runs: the option `loop = "copas"` says so.

local copas = require "copas"
local core = require "cbr.core"

local host = {}

local BLIND = 0.005 -- seconds between two looks where a pool has no descriptor
local spare = {} -- sockets whose alarm is not used
local of_pool = {} -- descriptor of a pool -> a socket that tells of it, and of a time

-- What copas.receive and select ask of a socket. That it is readable is told once, then the wait is over.
local function new_socket(other)
  local alarm = assert(core.alarm(other))
  local fd = alarm:fd()
  return {
    alarm = alarm,
    getfd = function()
      return fd
    end,
    dirty = function()
      return false
    end,
    settimeout = function() end,
    close = function() end,
    receive = function(self)
      self.has_waited = not self.has_waited
      if self.has_waited then
        return nil, "timeout"
      end
      return ""
    end,
  }
end

local function await(socket, seconds)
  socket.has_waited = false
  socket.alarm:set(seconds)
  copas.receive(socket, 1)
end

function host.is_running()
  local routine, is_main = coroutine.running()
  return routine ~= nil and not is_main and copas.running ~= false
end

function host.is_found()
  return copas.running == true and host.is_running()
end

function host.spawn(run)
  copas.addthread(run)
  return true
end

function host.park(ticket, seconds)
  local socket = table.remove(spare) or new_socket()
  ticket.socket = socket
  await(socket, seconds)
  ticket.socket = nil
  spare[#spare + 1] = socket
end

function host.unpark(ticket)
  if ticket.socket then
    ticket.socket.alarm:set(0)
  end
end

function host.wait(fd, seconds)
  if not fd then
    return host.park({}, math.min(seconds, BLIND))
  end
  of_pool[fd] = of_pool[fd] or new_socket(fd)
  await(of_pool[fd], seconds)
end

-- The driver that waits on it has nothing left to do: it goes on, and sees that.
function host.forget(fd)
  local socket = of_pool[fd]
  of_pool[fd] = nil
  if socket then
    socket.alarm:set(0)
  end
end

return host
