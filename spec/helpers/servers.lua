--- Servers that a spec needs besides the sandbox: real servers, and peers that send given bytes. Each server ends when
-- it is stopped, and at the latest when the process that started the server ends.

local socket = require "socket"
local support = require "spec.helpers.support"

local servers = {}

local first, last = os.getenv("CBR_SANDBOX_SPARE_PORTS"):match "^(%d+) (%d+)$"
first, last = tonumber(first), tonumber(last)
local latest = last

--- Returns a free port of 127.0.0.1. The ports that the sandbox reserves for its command are used in turn.
function servers.free_port()
  for _ = first, last do
    latest = latest < last and latest + 1 or first
    local listener = socket.bind("127.0.0.1", latest)
    if listener then
      listener:close()
      return latest
    end
  end
  error "all spare ports of the sandbox are in use"
end

local function is_open(port)
  local connection = socket.connect("127.0.0.1", port)
  return connection ~= nil and connection:close() ~= nil
end

-- Returns a value. Calls fn when the value is garbage-collected. Of several values that are collected together, the
-- value that was made last is finalized first.
local function when_collected(fn)
  local newproxy = rawget(_G, "newproxy")
  if not newproxy then
    return setmetatable({}, { __gc = fn })
  end
  local value = newproxy(true)
  getmetatable(value).__gc = fn
  return value
end

--- Starts a command, and waits until the command listens on a port.
---@return table server `port`, `pid`, `output()`, `kill()`, `stop()`
function servers.start(command, port)
  local log = os.tmpname()
  local pipe = assert(io.popen(("echo $$; exec setpriv --pdeathsig KILL %s >%s 2>&1"):format(command, log), "r"))
  local server = { port = port, pid = pipe:read "*l" }
  -- A spec that fails does not stop its server. Then the garbage collector closes the pipe to the server, which waits
  -- until the server has ended. So the server must be killed before.
  server.guard = when_collected(function()
    if pipe then
      server.kill()
    end
  end)

  function server.output()
    return support.read(log)
  end

  function server.kill()
    os.execute("kill -9 " .. server.pid)
  end

  function server.stop()
    if pipe then
      os.execute("kill " .. server.pid .. " 2>/dev/null")
      pipe:close()
      pipe = nil
      os.remove(log)
    end
  end

  local patience = socket.gettime() + 10
  while not is_open(port) do
    if socket.gettime() > patience then
      local output = server.output()
      server.stop()
      error(("%s does not listen: %s"):format(command, output))
    end
    socket.sleep(0.02)
  end
  return server
end

--- Starts a peer: Lua code that serves one connection at a time, which is the socket `peer`. The peer's `output()`
-- returns what the code has printed.
function servers.peer(code)
  local port = servers.free_port()
  local script = support.file(([[
    io.stdout:setvbuf "no"
    local listener = assert(require "socket".bind("127.0.0.1", %d))
    while true do
      local peer = listener:accept()
      peer:settimeout(5)
      do %s end
      peer:close()
    end
  ]]):format(port, code))
  local server = servers.start(("%s %s"):format(os.getenv "CBR_LUA" or "lua5.4", script), port)
  local stop = server.stop
  function server.stop()
    stop()
    os.remove(script)
  end
  return server
end

return servers
