--- nginx and OpenResty: a coroutine waits on a semaphore, a driver runs in a timer.
--
-- nginx cannot watch a file descriptor of ours. So a driver polls: after 1 ms while there are events, then after a
-- twentieth of the time since the last event, and at least every 20 ms. A response is noticed at most 20 ms late. A
-- shorter sleep is not possible: without OpenResty's patches a sleep of 0 ends in the same turn of the worker's loop,
-- before any other client is served. A driver that is woken polls at once, but only once in a turn.

local ngx = rawget(_G, "ngx")
local new_semaphore = require("ngx.semaphore").new

-- The worker also serves other requests, and after each wait a handler runs for about 0.2 ms.
local MAX_WAKES_PER_TURN = 16

local nginx = { drops = true, max_wakes = MAX_WAKES_PER_TURN }

local YIELDING = {
  rewrite = true, server_rewrite = true, access = true, precontent = true, content = true, timer = true,
  ssl_cert = true, ssl_client_hello = true, ssl_session_fetch = true, preread = true,
  proxy_ssl_cert = true, proxy_ssl_verify = true, -- of the Lua module 0.10.30
}
-- In these phases nothing else runs and nothing can yield: a wait blocks.
local BLOCKING = { init = true, init_worker = true, exit_worker = true }

local SHORTEST_POLL_SECONDS, LONGEST_POLL_SECONDS = 0.001, 0.02
local POLL_SHARE_OF_IDLE_TIME = 1 / 20
local BUSY_EVENTS = 16 -- after so many events in one step there may be more: the driver polls again soon
local LINGER_SECONDS = 1 -- how long a driver without work is kept, since the next call may come soon

function nginx.is_running()
  return YIELDING[ngx.get_phase()] == true
end

function nginx.refusal()
  local phase = ngx.get_phase()
  if not YIELDING[phase] and not BLOCKING[phase] then
    return ("nothing can wait in nginx's %s phase; make the call in a timer: ngx.timer.at(0, function() … end)"):format(
      phase)
  end
end

function nginx.spawn(run)
  return ngx.timer.at(0, function()
    run() -- also while the worker exits ("premature"), so that its calls are finished
  end) ~= nil
end

function nginx.park(ticket, seconds)
  ticket.semaphore = ticket.semaphore or assert(new_semaphore(0))
  ticket.semaphore:wait(seconds or LINGER_SECONDS)
end

function nginx.unpark(ticket)
  if ticket.semaphore then
    ticket.semaphore:post(1)
  end
end

function nginx.wait(_, seconds, moved, idle, driver)
  local turn = ngx.now() -- the same throughout a turn of the worker's loop
  if seconds <= 0 or moved >= BUSY_EVENTS or driver.turn == turn then
    return ngx.sleep(SHORTEST_POLL_SECONDS)
  end
  driver.turn, driver.is_idle = turn, true
  nginx.park(driver, math.max(SHORTEST_POLL_SECONDS, math.min(LONGEST_POLL_SECONDS, idle * POLL_SHARE_OF_IDLE_TIME)))
  driver.is_idle = false
end

function nginx.linger(driver)
  if ngx.worker.exiting() then
    return false
  end
  driver.is_idle = true
  nginx.park(driver, LINGER_SECONDS)
  local was_woken = not driver.is_idle
  driver.is_idle = false
  return was_woken
end

return nginx
