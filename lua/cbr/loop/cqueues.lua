--- cqueues: a wait is a condition, the driver polls the pool's descriptor.

local condition = require "cqueues.condition"
local cqueues = require "cqueues"

local host = {}

local BLIND = 0.005 -- seconds between two looks where there is no descriptor to wait on

function host.is_running()
  local controller, is_its_own = cqueues.running()
  return controller ~= nil and is_its_own -- a coroutine within one of the controller's yields to somebody else
end

function host.loop()
  return (cqueues.running())
end

function host.spawn(run)
  cqueues.running():wrap(run)
  return true
end

function host.park(ticket, seconds)
  ticket.condition = ticket.condition or condition.new()
  ticket.condition:wait(seconds)
end

function host.unpark(ticket)
  ticket.condition:signal()
end

function host.wait(fd, seconds)
  if fd then
    cqueues.poll({ pollfd = fd, events = "r" }, seconds)
  else
    cqueues.sleep(math.min(seconds, BLIND))
  end
end

host.forget = cqueues.cancel

return host
