--- nginx and OpenResty: a coroutine waits on a semaphore, a driver runs in a timer.
--
-- nginx cannot watch a foreign descriptor, but it can read a stream. So a driver connects to its bell, whose thread
-- then sends a byte whenever the bell rings. Where this is not possible, the driver polls.

local core = require "cbr.core"
local drivers = require "cbr.loop.drivers"

local ngx = rawget(_G, "ngx")
local new_semaphore = require("ngx.semaphore").new

local nginx = { max_wakes = 16 } -- each woken handler runs for about 0.2 ms, and other requests wait meanwhile

local YIELDING = {
  rewrite = true, server_rewrite = true, access = true, precontent = true, content = true, timer = true,
  ssl_cert = true, ssl_client_hello = true, ssl_session_fetch = true, preread = true,
  proxy_ssl_cert = true, proxy_ssl_verify = true, -- the phases in version 0.10.30 of the Lua module
}
local BLOCKING = { init = true, init_worker = true, exit_worker = true } -- nothing can yield: a wait blocks

local MIN_PARK_SECONDS, MAX_PARK_SECONDS = 1 / 1000, 86400 -- for a shorter time, nginx would not wait at all
-- The timeout of a read is not reached, because the bell sends a byte once a second. (nginx logs timeouts as errors.)
local CONNECT_MILLISECONDS, READ_MILLISECONDS = 1000, 86400000
local MAX_RING_BYTES = 64 -- how many bytes are read at a time
local TICK = "." -- what a bell sends once a second if it does not ring
local MAX_STATES = 2 -- Lua states: one for http, one for stream. More mean `lua_code_cache off`: one for each request
local POLLING_SECONDS = 600 -- how long drivers poll after a bell could not be connected
local polling_because, polling_until = nil, 0

function nginx.is_running()
  return YIELDING[ngx.get_phase()] == true
end

function nginx.phase_problem()
  local phase = ngx.get_phase()
  if not YIELDING[phase] and not BLOCKING[phase] then
    return ("nothing can wait in nginx's %s phase; make the call in a timer: ngx.timer.at(0, function() … end)"):format(
      phase)
  end
end

function nginx.park(ticket, seconds)
  ticket.semaphore = assert(new_semaphore(0))
  ticket.semaphore:wait(math.max(seconds or MAX_PARK_SECONDS, MIN_PARK_SECONDS))
  ticket.semaphore = nil
end

--- Whether a coroutine is still parked. It is not if its request was aborted: then nothing waits on its semaphore.
function nginx.is_parked(ticket)
  return ticket.semaphore ~= nil and ticket.semaphore:count() < 0
end

function nginx.unpark(ticket)
  if ticket.semaphore then
    ticket.semaphore:post(1)
  end
end

-- Connects to the bell of a driver. Returns the stream; or nil and why the driver must poll.
local function connect(bell)
  local stream, path, reason = ngx.socket.tcp(), nil, "lua-nginx-module 0.10.14 or newer is needed"
  if core.states() > MAX_STATES then
    reason = "lua_code_cache is off"
  elseif stream.receiveany then
    path, reason = bell:listen()
  end
  if not path then
    return nil, reason
  end
  stream:settimeouts(CONNECT_MILLISECONDS, CONNECT_MILLISECONDS, READ_MILLISECONDS)
  local connected, failure = stream:connect("unix:" .. path)
  local accepted, why = bell:accept() -- called even without a connection, because it removes the socket's path
  return connected and accepted and stream or nil, failure or why
end

function nginx.spawn(run)
  return ngx.timer.at(0, run) ~= nil -- nginx also calls it when the worker exits, so that its calls can end
end

function nginx.wait(_, _, driver)
  if not driver.stream and core.monotonic() >= polling_until then
    driver.stream, polling_because = connect(driver.bell)
    polling_until = (driver.stream or core.states() > MAX_STATES) and 0 or core.monotonic() + POLLING_SECONDS
  end
  local rings, reason = nil, polling_because
  if driver.stream then
    rings, reason = driver.stream:receiveany(MAX_RING_BYTES)
    driver.is_quiet = rings == TICK
  end
  if not rings then
    drivers.poll(driver, reason)
  end
end

function nginx.forget(_, driver)
  if driver.stream then
    driver.stream:close()
  end
end

return nginx
