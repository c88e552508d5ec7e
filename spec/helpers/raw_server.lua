--- A server on a socket of this process, for responses that no real server sends. Client and server take turns: no
-- function here blocks, and functions step the pool until something has happened.

local core = require "cbr.core"
local socket = require "socket"

local raw_server = {}

local PATIENCE = 20 -- seconds after which a wait fails

--- Listens on a free port of 127.0.0.1.
---@param backlog? integer
---@return table server `origin`, `accept(self)`, `close(self)`
function raw_server.open(backlog)
  local listener = assert(socket.bind("127.0.0.1", 0, backlog))
  listener:settimeout(0)
  local _, port = listener:getsockname()
  local server = { origin = "http://127.0.0.1:" .. port, listener = listener }

  function server:accept()
    return self.listener:accept()
  end

  function server:close()
    self.listener:close()
  end

  return server
end

--- Steps a pool until `fn` returns a true value. Raises an error if this takes longer than PATIENCE.
---@param pool table
---@param fn fun(): any
---@return any result of `fn`
function raw_server.step_until(pool, fn)
  local from = core.monotonic()
  while true do
    pool:step(0.01)
    local result = fn()
    if result then
      return result
    end
    assert(core.monotonic() - from < PATIENCE, "a wait took too long")
  end
end

--- Starts a request, and reads it on the server's side up to the end of the head.
---@param pool table
---@param server table
---@param changes? table fields of the request; by default a GET of "/"
---@param ... any credentials and date, as for pool:start
---@return table transfer
---@return table peer the server's end of the connection
---@return string head all lines of the request
function raw_server.begin(pool, server, changes, ...)
  local request = { method = "GET", origin = server.origin, path = "/", timeout = 30 }
  for name, value in pairs(changes or {}) do
    request[name] = value
  end
  local transfer = assert(pool:start(request, ...))
  local peer = raw_server.step_until(pool, function()
    return server:accept()
  end)
  return transfer, peer, raw_server.read_head(pool, peer)
end

--- Reads the head of a request.
---@param pool table
---@param peer table
---@return string head the lines of the head, each ended by "\n"
function raw_server.read_head(pool, peer)
  local lines = {}
  peer:settimeout(0)
  return raw_server.step_until(pool, function()
    local line, _, part = peer:receive("*l", lines.rest)
    lines.rest = not line and part or nil
    lines[#lines + 1] = line
    return line == "" and table.concat(lines, "\n")
  end)
end

--- Steps until a transfer has ended.
---@param pool table
---@param transfer table
---@return table response as transfer:finish() returns it
function raw_server.finish(pool, transfer)
  raw_server.step_until(pool, function()
    return transfer:done()
  end)
  return transfer:finish()
end

--- Starts a request, sends `bytes` in response, closes the connection, and steps until the transfer has ended.
---@param pool table
---@param server table
---@param bytes string
---@param changes? table fields of the request
---@return table transfer the transfer, which the caller has to finish
function raw_server.respond(pool, server, bytes, changes)
  local transfer, peer = raw_server.begin(pool, server, changes)
  peer:send(bytes)
  peer:close()
  raw_server.step_until(pool, function()
    return transfer:done()
  end)
  return transfer
end

return raw_server
