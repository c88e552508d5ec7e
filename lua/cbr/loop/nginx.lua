--- nginx and OpenResty: a wait is a semaphore, the driver is a timer of its own.
--
-- No file descriptor of ours can be given to nginx's event loop, so the driver looks again after a short sleep: 1 ms
-- while things happen, then a twentieth of the time in which nothing did. An answer is noticed at most that late. Never
-- less: without OpenResty's patches a sleep of 0 ends in the same turn of the loop, before any other client is served.
-- So a driver that is told of something to send looks once more in a turn, and no more often.

local ngx = rawget(_G, "ngx")
local new_semaphore = require("ngx.semaphore").new

-- The worker has others to serve, and each wait that ends is followed by a handler's work, of some 0.2 ms.
local MOST = 16

local nginx = { drops = true, most = MOST }

local YIELDING = {
  rewrite = true, server_rewrite = true, access = true, precontent = true, content = true, timer = true,
  ssl_cert = true, ssl_client_hello = true, ssl_session_fetch = true, preread = true,
}
-- Nothing else runs in these, and nothing can yield: a wait blocks.
local BLOCKING = { init = true, init_worker = true, exit_worker = true }

local SOONEST, LATEST = 0.001, 0.02 -- seconds between two looks
local SHARE = 1 / 20
local BUSY = 16 -- so many things at one look: there may be more already, and the next look comes soon
local LINGER = 1 -- seconds for which an idle driver is kept, since the next call may come soon

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
    run() -- also in a worker that is about to end (premature): what is in flight is seen through
  end) ~= nil
end

function nginx.park(ticket, seconds)
  ticket.semaphore = ticket.semaphore or assert(new_semaphore(0))
  ticket.semaphore:wait(seconds or LINGER)
end

function nginx.unpark(ticket)
  if ticket.semaphore then
    ticket.semaphore:post(1)
  end
end

function nginx.wait(_, seconds, moved, idle, driver)
  local turn = ngx.now() -- the same all through a turn of the worker's loop
  if seconds <= 0 or moved >= BUSY or driver.turn == turn then
    return ngx.sleep(SOONEST)
  end
  driver.turn, driver.is_idle = turn, true
  nginx.park(driver, math.max(SOONEST, math.min(LATEST, idle * SHARE)))
  driver.is_idle = false
end

function nginx.lingers(driver)
  if ngx.worker.exiting() then
    return false
  end
  driver.is_idle = true
  nginx.park(driver, LINGER)
  local was_woken = not driver.is_idle
  driver.is_idle = false
  return was_woken
end

return nginx
