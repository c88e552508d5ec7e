--- cqueues: a coroutine waits on a condition, and a driver polls the descriptor of its bell (see cbr.loop.drivers).

local condition = require "cqueues.condition"
local cqueues = require "cqueues"

local event_loop = { current = cqueues.running }

function event_loop.is_running()
  local controller, is_its_own = cqueues.running()
  return controller ~= nil and is_its_own -- a nested coroutine does not yield to cqueues
end

function event_loop.spawn(run)
  cqueues.running():wrap(run)
  return true
end

function event_loop.park(ticket, seconds)
  ticket.condition = ticket.condition or condition.new()
  ticket.condition:wait(seconds)
end

function event_loop.unpark(ticket)
  ticket.condition:signal()
end

function event_loop.wait(fd, seconds)
  cqueues.poll({ pollfd = fd, events = "r" }, seconds)
end

function event_loop.forget(fd)
  cqueues.cancel(fd)
end

return event_loop
