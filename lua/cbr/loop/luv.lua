--- luv: a coroutine yields, and a timer of the loop resumes it.

local parked = require "cbr.loop.parked"
local uv = require "luv"

-- With the option `loop = "luv"`, a coroutine can also be parked before uv.run() is called. It continues in uv.run().
local event_loop = { is_running = parked.can_park }

local MAX_SECONDS = 1e9

function event_loop.is_detected()
  return uv.loop_mode() ~= nil and parked.can_park()
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

-- When a Lua state is closed, luv frees its timers before an open client is collected. The client's finalizer then
-- unparks coroutines. The table that holds a timer is younger than the timer, so the table is collected first, and
-- forgets the timer.
local collected = {
  __gc = function(held)
    held.timer = nil
  end,
}

local function start(ticket, seconds)
  uv.update_time() -- a timer counts from the last turn of the loop, which may be long ago
  ticket.held.timer:start(math.ceil(seconds * 1000), 0, ticket.go_on)
end

-- Closes the timer of a ticket. Then nothing resumes the coroutine, and the timer does not keep the loop running.
function event_loop.abandon(ticket)
  if ticket.held and ticket.held.timer then
    ticket.held.timer:close()
    ticket.held.timer = nil
  end
end

-- The timer holds the coroutine. Users of luv start coroutines with coroutine.wrap(…)(), and nothing else refers to
-- such a coroutine: the garbage collector would end it in the middle of its call.
function event_loop.park(ticket, seconds)
  local co = coroutine.running()
  ticket.held = setmetatable({ timer = uv.new_timer() }, collected)
  function ticket.go_on()
    event_loop.abandon(ticket)
    resume(co)
  end
  start(ticket, seconds or MAX_SECONDS)
  coroutine.yield()
  event_loop.abandon(ticket) -- if something else has resumed the coroutine
end

-- The coroutine continues in the loop's next turn, not inside the call of unpark.
function event_loop.unpark(ticket)
  if ticket.held and ticket.held.timer then
    start(ticket, 0)
  end
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
