--- Copas can wait only for sockets. So each wait uses a bell of the core, a descriptor that becomes readable at a given
-- time, in an object that has the methods of a socket.
--
-- Old versions of Copas (1.x, as in Debian) do not tell whether their loop runs: they need the option `loop = "copas"`.

local copas = require "copas"
local core = require "cbr.core"

local event_loop = {}

local POLL_SECONDS = 1 / 100 -- how long to sleep at a time while no descriptor is left for a bell

local spare = {} -- sockets whose bell is not in use
local of_pool = {} -- descriptor of a pool -> a socket that is readable when that descriptor is, or at a given time

local function do_nothing() end

-- Waits a little without a bell, as new versions of Copas can.
local function sleep(seconds)
  if not copas.sleep then
    error("no descriptor is left for a wait in Copas", 0)
  end
  copas.sleep(math.min(seconds or POLL_SECONDS, POLL_SECONDS))
end

-- Makes an object with the methods of a socket that copas.receive and select call. Its first `receive` makes Copas
-- wait, its second one returns.
---@param fd? integer a descriptor; the socket is also readable while this is
---@return table? socket nil: no descriptor is left
local function new_socket(fd)
  local bell = core.bell(fd)
  if not bell then
    return nil
  end
  local bell_fd = bell:fd()
  local socket = { bell = bell, settimeout = do_nothing, close = do_nothing, dirty = do_nothing }
  function socket.getfd()
    return bell_fd
  end
  function socket:receive()
    self.has_waited = not self.has_waited
    if self.has_waited then
      return nil, "timeout"
    end
    return ""
  end
  return socket
end

local function wait_for(socket, seconds)
  socket.has_waited = false
  socket.bell:arm(seconds)
  copas.receive(socket, 1)
end

function event_loop.is_running()
  local co, is_main = coroutine.running()
  return co ~= nil and not is_main and copas.running ~= false
end

function event_loop.is_detected()
  return copas.running == true and event_loop.is_running()
end

function event_loop.spawn(run)
  copas.addthread(run)
  return true
end

function event_loop.park(ticket, seconds)
  local socket = table.remove(spare) or new_socket()
  if not socket then
    return sleep(seconds)
  end
  ticket.socket = socket
  wait_for(socket, seconds)
  ticket.socket = nil
  spare[#spare + 1] = socket
end

function event_loop.unpark(ticket)
  if ticket.socket then
    ticket.socket.bell:ring()
  end
end

function event_loop.wait(fd, seconds)
  of_pool[fd] = of_pool[fd] or new_socket(fd)
  if not of_pool[fd] then
    return sleep(seconds)
  end
  wait_for(of_pool[fd], seconds)
end

-- A driver that waits for the descriptor goes on, finds nothing left to do, and ends.
function event_loop.forget(fd)
  local socket = of_pool[fd]
  of_pool[fd] = nil
  if socket then
    socket.bell:ring()
  end
end

return event_loop
