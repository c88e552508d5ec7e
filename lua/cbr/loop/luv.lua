--- luv: a coroutine yields, and a timer of the loop resumes it.

local parked = require "cbr.loop.parked"
local uv = require "luv"

local event_loop = {}

-- With the option `loop = "luv"`, a coroutine can also be parked before uv.run() is called. It continues in uv.run().
function event_loop.is_running(is_given)
  return (is_given or uv.loop_mode() ~= nil) and parked.can_park()
end

-- Resumes a coroutine, unless it was closed (coroutine.close of Lua 5.4). An error in the coroutine is raised here, so
-- that luv reports it as an error of a callback.
local function resume(co)
  if coroutine.status(co) ~= "dead" then
    local ok, message = coroutine.resume(co)
    if not ok then
      error(debug.traceback(co, tostring(message)), 0)
    end
  end
end

function event_loop.spawn(run)
  resume(coroutine.create(run))
  return true
end

-- Closes the timer of a ticket. Then nothing resumes the coroutine, and the timer does not keep the loop running.
function event_loop.abandon(ticket)
  if not ticket.timer:is_closing() then
    ticket.timer:close()
  end
end

local function resume_after(ticket, seconds)
  uv.update_time() -- a timer counts from the last turn of the loop, which may be long ago
  ticket.timer:start(math.ceil(seconds * 1000), 0, ticket.go_on)
end

-- The timer holds the coroutine. Users of luv start coroutines with coroutine.wrap(…)(), and nothing else refers to
-- such a coroutine: without the timer, the garbage collector would end it in the middle of its call.
function event_loop.park(ticket, seconds)
  local co = coroutine.running()
  ticket.timer = uv.new_timer()
  function ticket.go_on()
    event_loop.abandon(ticket)
    resume(co)
  end
  resume_after(ticket, seconds or 1e9)
  coroutine.yield()
  event_loop.abandon(ticket) -- if something else has resumed the coroutine
end

-- The coroutine continues in the loop's next turn, not inside the call of unpark.
function event_loop.unpark(ticket)
  if not ticket.timer:is_closing() then
    resume_after(ticket, 0)
  end
end

function event_loop.wait(fd, _, one)
  local co = coroutine.running()
  one.uv_poll = one.uv_poll or uv.new_poll(fd)
  one.uv_poll:start("r", function()
    one.uv_poll:stop()
    resume(co)
  end)
  coroutine.yield()
end

function event_loop.forget(_, one)
  one.uv_poll:close()
end

return event_loop
