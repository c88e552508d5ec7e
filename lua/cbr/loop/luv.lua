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

-- The timer holds the coroutine. Users of luv start coroutines with coroutine.wrap(…)(), and nothing else refers to
-- such a coroutine: the garbage collector would end it in the middle of its call.
function event_loop.park(ticket, seconds)
  local co, timer = coroutine.running(), uv.new_timer()
  function ticket.resume_after(after) -- nil: the timer is closed, because it would keep the loop running
    if after and not timer:is_closing() then
      uv.update_time() -- a timer counts from the last turn of the loop, which may be long ago
      timer:start(math.ceil(after * 1000), 0, function()
        timer:close()
        resume(co)
      end)
    elseif not timer:is_closing() then
      timer:close()
    end
  end
  ticket.resume_after(seconds or 1e9)
  coroutine.yield()
  ticket.resume_after(nil) -- if something else has resumed the coroutine
end

function event_loop.unpark(ticket)
  ticket.resume_after(0) -- in the loop's next turn, not inside this call
end

-- The coroutine is not resumed: if its yield raised, it may wait for something else now.
function event_loop.abandon(ticket)
  ticket.resume_after(nil)
end

function event_loop.wait(fd, _, driver)
  local co, poll = coroutine.running(), driver.poll or uv.new_poll(fd)
  driver.poll = poll
  poll:start("r", function()
    poll:stop()
    resume(co)
  end)
  coroutine.yield()
end

function event_loop.forget(_, driver)
  driver.poll:close()
end

return event_loop
