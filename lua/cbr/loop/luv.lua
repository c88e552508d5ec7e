--- luv: a coroutine yields, and a callback of the loop resumes it.

local uv = require "luv"

local event_loop = {}

local watchers = {} -- descriptor -> the uv_poll and the uv_timer that its driver waits with

-- With the option `loop = "luv"`, a coroutine is also parked before uv.run() is called, and goes on once the loop runs.
function event_loop.is_running()
  local co, is_main = coroutine.running()
  return co ~= nil and not is_main
end

function event_loop.is_detected()
  return uv.loop_mode() ~= nil and event_loop.is_running()
end

-- Resumes a coroutine, unless it was closed (coroutine.close of Lua 5.4). An error in the coroutine is raised here, so
-- that luv reports it as an error of a callback.
local function resume(co)
  if coroutine.status(co) == "dead" then
    return
  end
  local ok, message = coroutine.resume(co)
  if not ok then
    error(debug.traceback(co, tostring(message)), 0)
  end
end

function event_loop.spawn(run)
  resume(coroutine.create(run))
  return true
end

local function after(seconds, call)
  local timer = uv.new_timer()
  uv.update_time() -- a timer counts from the last turn of the loop, which may be long ago
  timer:start(math.ceil(seconds * 1000), 0, call)
  return timer
end

-- Ticket -> the coroutine that is parked with it. Nothing else refers to a coroutine that was started as luv's users do
-- it, with coroutine.wrap(…)(): without this table, the garbage collector would end it in the middle of its call.
local held, count, sweep_at = {}, 0, 64

local function release(ticket)
  if held[ticket] then
    held[ticket], count = nil, count - 1
  end
end

local function hold(ticket, co)
  held[ticket], count = co, count + 1
  if count >= sweep_at then -- coroutines that were closed while they were parked are released here
    for other, of_other in pairs(held) do
      if coroutine.status(of_other) == "dead" then
        release(other)
      end
    end
    sweep_at = math.max(64, 2 * count)
  end
end

function event_loop.park(ticket, seconds)
  ticket.co = coroutine.running()
  hold(ticket, ticket.co)
  ticket.timer = seconds and after(seconds, function()
    event_loop.unpark(ticket)
  end)
  coroutine.yield()
end

-- The coroutine goes on in the loop's next turn, not inside the call of unpark.
function event_loop.unpark(ticket)
  local co = ticket.co
  ticket.co = nil
  release(ticket)
  if ticket.timer then
    ticket.timer:close()
    ticket.timer = nil
  end
  if co then
    local timer
    timer = after(0, function()
      timer:close()
      resume(co)
    end)
  end
end

-- When a Lua state is closed, luv frees the handles before a client is collected that was not closed. Their watcher is
-- younger than they are: it is collected before them, and forgets them.
local collected = {
  __gc = function(watcher)
    watcher.poll, watcher.timer = nil, nil
  end,
}

function event_loop.wait(fd, seconds)
  local co = coroutine.running()
  local watcher = watchers[fd] or setmetatable({ poll = uv.new_poll(fd), timer = uv.new_timer() }, collected)
  watchers[fd] = watcher
  local function go_on()
    watcher.poll:stop()
    watcher.timer:stop()
    resume(co)
  end
  watcher.poll:start("r", go_on)
  watcher.timer:start(math.ceil(seconds * 1000), 0, go_on)
  coroutine.yield()
end

-- A driver that waits for the descriptor is not resumed: it has nothing left to do, and is collected. luv crashes at
-- the end of the process if a handle was closed while its loop does not run. The garbage collector closes it safely.
function event_loop.forget(fd)
  local watcher = watchers[fd]
  watchers[fd] = nil
  for _, handle in pairs(watcher or {}) do
    handle:stop()
    if uv.loop_mode() then
      handle:close()
    end
  end
end

return event_loop
