--- luv: a parked coroutine is resumed from a callback of the loop.

local uv = require "luv"

local host = {}

local BLIND = 0.005 -- seconds between two looks where there is no descriptor to wait on
local handles = {} -- descriptor -> the uv_poll and the uv_timer of the driver that waits on it

function host.is_running()
  local routine, is_main = coroutine.running()
  return routine ~= nil and not is_main and uv.loop_mode() ~= nil
end

-- Resumes a coroutine; what it raises is reported as luv reports what a callback raises.
local function resume(routine)
  local ok, message = coroutine.resume(routine)
  if not ok then
    error(debug.traceback(routine, tostring(message)), 0)
  end
end

function host.spawn(run)
  resume(coroutine.create(run))
  return true
end

local function after(seconds, call)
  local timer = uv.new_timer()
  timer:start(math.ceil(seconds * 1000), 0, call)
  return timer
end

function host.park(ticket, seconds)
  ticket.routine = coroutine.running()
  ticket.timer = seconds and after(seconds, function()
    host.unpark(ticket)
  end)
  coroutine.yield()
end

-- The coroutine goes on at the loop's next turn, and not within that of whoever unparks it.
function host.unpark(ticket)
  local routine = ticket.routine
  ticket.routine = nil
  if ticket.timer then
    ticket.timer:close()
    ticket.timer = nil
  end
  if routine then
    local timer
    timer = after(0, function()
      timer:close()
      resume(routine)
    end)
  end
end

function host.wait(fd, seconds)
  local routine = coroutine.running()
  if not fd then
    local timer
    timer = after(math.min(seconds, BLIND), function()
      timer:close()
      resume(routine)
    end)
    return coroutine.yield()
  end
  local made = handles[fd] or { poll = uv.new_poll(fd), timer = uv.new_timer() }
  handles[fd] = made
  local function go_on()
    made.poll:stop()
    made.timer:stop()
    resume(routine)
  end
  made.poll:start("r", go_on)
  made.timer:start(math.ceil(seconds * 1000), 0, go_on)
  coroutine.yield()
end

-- The driver that waits on it has nothing left to do, and is collected.
function host.forget(fd)
  local made = handles[fd]
  handles[fd] = nil
  if made then
    made.poll:close()
    made.timer:close()
  end
end

return host
