--- nginx and OpenResty: a coroutine waits on a semaphore, a driver runs in a timer.
--
-- nginx cannot watch a descriptor of ours, but it can read a stream. So a driver connects to a bell of the core, which
-- sends it a byte when the pool's descriptor is readable. The driver also rings its own bell: to be woken for new
-- transfers, and to let other clients be served without a sleep. Where there is no bell, the driver polls.

local core = require "cbr.core"
local driver = require "cbr.loop.driver"

local ngx = rawget(_G, "ngx")
local new_semaphore = require("ngx.semaphore").new

-- The worker also serves other requests, and after each wait a handler runs for about 0.2 ms.
local MAX_WAKES_PER_TURN = 16

local nginx = { max_wakes = MAX_WAKES_PER_TURN }

local YIELDING = {
  rewrite = true, server_rewrite = true, access = true, precontent = true, content = true, timer = true,
  ssl_cert = true, ssl_client_hello = true, ssl_session_fetch = true, preread = true,
  proxy_ssl_cert = true, proxy_ssl_verify = true, -- of the Lua module 0.10.30
}
-- In these phases nothing else runs and nothing can yield: a wait blocks.
local BLOCKING = { init = true, init_worker = true, exit_worker = true }

local LINGER_SECONDS = 1 -- how long a driver without work is kept, since the next call may come soon
local LONGEST_PARK_SECONDS = 86400
local CONNECT_MILLISECONDS = 1000
local SILENCE_MILLISECONDS = 86400000 -- never reached, since the bell rings once a second: nginx would log an error
local MOST_RINGS = 64 -- read at a time
local TICK = "." -- what a bell sends once a second if it does not ring
-- Lua states that load the core in one worker: for http and stream. With `lua_code_cache off` there is one for each
-- request, and each would start a thread.
local MOST_STATES = 2

local REFUSED_SECONDS = 600 -- how long no other bell is tried after one was refused

local refused_because, refused_until = nil, 0 -- why the drivers of this worker have no bell

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

local spare = {} -- semaphores that nothing waits on

function nginx.park(ticket, seconds)
  local semaphore = table.remove(spare) or assert(new_semaphore(0))
  ticket.semaphore = semaphore
  semaphore:wait(seconds or LONGEST_PARK_SECONDS)
  ticket.semaphore = nil
  if semaphore:count() == 0 then -- otherwise it was posted after the time had passed
    spare[#spare + 1] = semaphore
  end
end

--- Whether a coroutine is still parked. It is not if its request was aborted: then nothing waits on its semaphore.
function nginx.is_parked(ticket)
  return ticket.semaphore ~= nil and ticket.semaphore:count() < 0
end

function nginx.unpark(ticket)
  if ticket.bell then
    ticket.bell:ring()
  elseif ticket.semaphore then
    ticket.semaphore:post(1)
  end
end

-- Connects to a bell. Returns the stream; or nil and the reason.
local function connect(bell)
  local stream, path, reason, connected, answered, why
  stream = ngx.socket.tcp()
  if not stream.receiveany then
    return nil, "lua-nginx-module 0.10.14 or newer is needed"
  end
  path, reason = bell:listen()
  if not path then
    return nil, reason
  end
  stream:settimeouts(CONNECT_MILLISECONDS, CONNECT_MILLISECONDS, SILENCE_MILLISECONDS)
  connected, reason = stream:connect("unix:" .. path)
  answered, why = bell:answer() -- even without a connection: it removes the path
  if connected and answered then
    return stream
  end
  return nil, reason or why
end

-- Gives a driver a bell, or sets why it polls.
local function give_bell(one, fd)
  one.bell = false
  if core.states() > MOST_STATES then
    one.polls_because = "lua_code_cache is off"
  elseif core.monotonic() < refused_until then
    one.polls_because = refused_because
  else
    local bell, reason = core.bell(fd)
    if bell then
      one.stream, reason = connect(bell)
      if one.stream then
        one.bell = bell
        return
      end
      bell:close()
      refused_because, refused_until = reason, core.monotonic() + REFUSED_SECONDS
    end
    one.polls_because = reason -- without a bell: no descriptor is left at present
  end
end

-- Closes a driver's bell. Without a bell, the driver polls.
local function disconnect(one)
  if one.bell then
    one.bell:close()
    one.stream:close()
  end
  one.bell, one.stream = false, nil
end

-- Waits until a driver is woken: by its bell, or after `seconds` if it has none. Returns what its bell sent.
local function listen(one, seconds)
  local rings
  one.is_idle = true
  if one.bell then
    rings = one.stream:receiveany(MOST_RINGS)
    if not rings then
      disconnect(one)
    end
  else
    nginx.park(one, seconds)
  end
  one.is_idle = false
  return rings
end

function nginx.spawn(run, one)
  return ngx.timer.at(0, function()
    run() -- also while the worker exits ("premature"), so that its calls are finished
    disconnect(one)
  end) ~= nil
end

function nginx.wait(fd, seconds, one)
  if one.bell == nil then
    give_bell(one, fd)
  end
  if one.bell and seconds > 0 then
    one.bell:arm(seconds)
  elseif one.bell then
    one.bell:ring() -- other clients are served before the driver reads this
  end
  one.is_quiet = listen(one, math.max(1 / 1000, math.min(seconds, driver.poll_seconds(one)))) == TICK
end

function nginx.linger(one)
  local ends = one.moved_at + LINGER_SECONDS
  repeat
    one.is_wanted = false
    listen(one, LINGER_SECONDS)
  until one.is_wanted or ngx.worker.exiting() or core.monotonic() >= ends
  return one.is_wanted
end

return nginx
