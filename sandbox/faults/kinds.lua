-- luacheck: std ngx_lua+luajit
--- The effect of each kind of fault.

local fixtures = require "sandbox.fixtures"
local gzip = require "sandbox.faults.gzip"
local json = require "sandbox.json"
local rate_limit = require "sandbox.gateway.rate_limit"
local replace_value = require "sandbox.faults.replace_value"
local responses = require "sandbox.gateway.responses"
local sockets = require "sandbox.faults.sockets"

local fault_kinds = {}

local MEBI = 1024 * 1024

local function close()
  return ngx.exit(444)
end

local function reset()
  sockets.reset(tonumber(ngx.var.server_port), tonumber(ngx.var.remote_port))
  return close()
end

-- Writes to the connection directly: the client gets these bytes and nothing from nginx.
local function raw(...)
  ngx.ctx.wrote_raw = true
  local socket = assert(ngx.req.socket(true))
  for _, bytes in ipairs { ... } do
    if not socket:send(bytes) then
      break
    end
  end
  return socket
end

local function stream(piece, bytes)
  local left = bytes
  while left > 0 do
    if not ngx.print(left < #piece and piece:sub(1, left) or piece) then
      return
    end
    if not ngx.flush(true) then
      return
    end
    left = left - #piece
  end
end

-- Writes `body`. Then, if `again` is set, writes `again` repeatedly, after pauses of `interval`: up to `bytes` bytes,
-- or endlessly without `bytes`. Then writes `tail`, and keeps the connection open for `seconds` more.
local function play_raw(fault)
  local socket = raw(fault.body)
  local left = fault.again and (fault.bytes or math.huge) or 0
  while left > 0 do
    if fault.interval then
      ngx.sleep(fault.interval)
    end
    if not socket:send(fault.again) then
      return
    end
    left = left - #fault.again
  end
  if fault.tail and not socket:send(fault.tail) then
    return
  end
  if fault.seconds then
    ngx.sleep(fault.seconds)
  end
end

local function with_nulls(value)
  if type(value) ~= "table" then
    return json.null
  end
  local copy = #value > 0 and json.list() or {}
  for key, member in pairs(value) do copy[key] = with_nulls(member) end
  if next(copy) == nil then
    return json.null
  end
  return copy
end

-- How often the ports have started or stopped refusing connections. The timer that ends a fault does nothing if this
-- number has changed since the fault began.
local generation = 0
local deletions = 0 -- how often the faults were deleted

--- Closes every port except control's, for `fault.seconds` or until the faults are deleted.
function fault_kinds.refuse(fault)
  generation = generation + 1
  local mine = generation
  sockets.refuse(tonumber(os.getenv "CBR_SANDBOX_CONTROL_PORT"))
  if fault.seconds then
    ngx.timer.at(fault.seconds, function()
      if mine == generation then
        sockets.accept()
      end
    end)
  end
end

-- An error response with the code, the status and the text that the fault's fields name.
local function rejection(fault, code, status)
  local response = responses.reject(fault.code or code, nil, fault.status or status)
  response.body.error_msg = fault.message or response.body.error_msg
  return response
end

-- Whether the fields of a fault ask for an error.
local function asks_for_error(fault)
  return fault.status ~= nil or fault.code ~= nil or fault.message ~= nil
end

-- Replaces members by name, at any depth.
local function replace_members(value, members)
  for name, member in pairs(value) do
    if type(name) == "string" and members[name] ~= nil then
      value[name] = members[name]
    elseif type(member) == "table" then
      replace_members(member, members)
    end
  end
end

local ANOTHER_VAULT = { vault_id = fixtures.nowhere.id }

--- Every kind of fault.
-- `after`: whether the call is processed, and an order accepted, before the fault acts; or a function that gets the
-- fault and returns this boolean. The field `after` of an armed fault has precedence.
-- `play(fault, response, process)` carries out the fault. It gets the response of the call, or a response with
-- an empty object if the call was not processed. `strikes(fault)`: whether the fault affects this call at all.
-- `times`: the default of the field `times`.
local KINDS = {
  refused = { after = false, play = function(fault) fault_kinds.refuse(fault) return reset() end },
  reset_before = { after = false, play = reset },
  reset_after = { after = true, play = reset },
  reset_later = { after = true, play = function(fault, response)
    local own, peer = tonumber(ngx.var.server_port), tonumber(ngx.var.remote_port)
    ngx.timer.at(fault.seconds or 0.1, function() sockets.reset(own, peer) end)
    return responses.send(response)
  end },
  close_before = { after = false, play = close },
  close_after = { after = true, play = close },
  slow_headers = { after = true, play = function(fault, response)
    ngx.sleep(fault.seconds or 5)
    return responses.send(response)
  end },
  held = { after = true, play = function(_, response)
    local mine = deletions
    while mine == deletions do
      ngx.sleep(0.01)
    end
    return responses.send(response)
  end },
  slow_before = { after = false, play = function(fault, _, process)
    ngx.sleep(fault.seconds or 5)
    return responses.send(process())
  end },
  silent = { after = false, play = function(fault)
    ngx.sleep(fault.seconds or 60)
    return close()
  end },
  drip = { after = true, play = function(fault, response)
    local bytes = responses.bytes(response)
    responses.head(response)
    ngx.header["Content-Length"] = #bytes
    for i = 1, #bytes do
      if not ngx.print(bytes:sub(i, i)) or not ngx.flush(true) then
        return
      end
      if i < #bytes then
        ngx.sleep(fault.interval or 0.05)
      end
    end
  end },
  truncated = { after = true, play = function(_, response)
    local bytes = responses.bytes(response)
    raw(("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: %s\r\nContent-Length: %d\r\n\r\n")
      :format(responses.request_id(), #bytes), bytes:sub(1, math.floor(#bytes / 2)))
  end },
  oversized = { after = true, play = function(fault, response)
    local bytes = fault.bytes or 64 * MEBI
    responses.head(response)
    if fault.length then
      ngx.header["Content-Length"] = bytes
    end
    ngx.print '{"padding":"'
    stream(("x"):rep(65536), bytes - 14)
    ngx.print '"}'
  end },
  endless_headers = { after = true, play = function(fault)
    local socket = raw "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    local line = "X-Padding: " .. ("x"):rep(1011) .. "\r\n"
    for _ = 1, (fault.bytes or 64 * MEBI) / #line do
      if not socket:send(line) then
        return
      end
    end
  end },
  invalid_json = { after = true, play = function(fault)
    return responses.send { status = 200, body = fault.body or '{"replication": {"backups": [' }
  end },
  wrong_type = { after = true, play = function(fault)
    return responses.send { status = 200, content_type = "text/plain", body = fault.body or "everything went well" }
  end },
  html_502 = { after = false, play = function(fault)
    return responses.send { status = fault.status or 502, content_type = "text/html",
      body = fault.body or "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>" }
  end },
  gzip = { after = function(fault) return not asks_for_error(fault) end, play = function(fault, response)
    if asks_for_error(fault) then
      response = rejection(fault, "BackupService.6112")
    elseif fault.bytes then
      response.body = '{"padding":"' .. ("x"):rep(fault.bytes - 14) .. '"}'
    end
    response.body = gzip(responses.bytes(response))
    response.headers = response.headers or {}
    response.headers["Content-Encoding"] = "gzip"
    return responses.send(response)
  end },
  throttled = { after = false, play = function(fault)
    local response = responses.reject "APIGW.0308"
    if fault.limit or fault.time or fault.policy then
      response = rate_limit.rejection(fault)
    end
    response.headers = response.headers or {}
    response.headers["Retry-After"] = fault.retry_after
    return responses.send(response)
  end },
  rate_limit = { after = false, times = -1, strikes = rate_limit.is_over, play = function(fault)
    return responses.send(rate_limit.rejection(fault))
  end },
  unauthorized = { after = false, play = function(fault)
    local response = responses.reject("APIGW.0301", "decrypt token fail")
    response.body.error_code = fault.code or response.body.error_code
    response.body.error_msg = fault.message or response.body.error_msg
    return responses.send(response)
  end },
  status = { after = false, play = function(fault)
    local response = rejection(fault, "APIGW.0601", 500)
    response.body = fault.body or response.body
    response.headers, response.content_type = fault.headers, fault.content_type
    return responses.send(response)
  end },
  error_in_200 = { after = false, play = function(fault)
    local response = rejection(fault, "BackupService.6112")
    response.status = 200
    return responses.send(response)
  end },
  quirks = { after = true, play = function(_, response) return responses.send(response) end },
  other_vault = { after = true, play = function(fault, response)
    response.body = json.decode(responses.bytes(response)) -- a copy, because the body may share tables with the state
    replace_members(response.body, fault.fields or ANOTHER_VAULT)
    return responses.send(response)
  end },
  redirect = { after = false, play = function(fault)
    local plain = "http://127.0.0.1:" .. os.getenv "CBR_SANDBOX_PLAIN_PORT" -- sandbox/run has set this variable
    return responses.send { status = fault.status or 307, body = "",
      headers = { Location = fault.location or plain .. ngx.var.request_uri } }
  end },
  empty = { after = true, play = function() return responses.send { status = 200, body = "" } end },
  null_fields = { after = true, play = function(_, response)
    local copy, body = {}, type(response.body) == "table" and response.body or {}
    for key, value in pairs(body) do copy[key] = with_nulls(value) end
    response.body = copy
    return responses.send(response)
  end },
  replaced_value = { after = true, play = function(fault, response)
    response.body, ngx.ctx.entry.replaced = replace_value(response.body, fault.at or 1, fault.value or "null")
    return responses.send(response)
  end },
  raw = { after = true, play = play_raw },
  sandbox_error = { after = false, play = function()
    error "asked for by the fault sandbox_error"
  end },
  garbage = { after = true, play = function(fault)
    raw(fault.body or ("\0\1\2\255SSH-2.0-not_http\r\n" .. ("\200"):rep(64) .. "\r\n\r\n"))
  end },
}

--- A fault by name, or nil.
function fault_kinds.get(name)
  return KINDS[name]
end

--- Ends every fault that still lasts: the ports accept connections, and held responses are sent.
function fault_kinds.finish()
  generation, deletions = generation + 1, deletions + 1
  sockets.accept()
end

return fault_kinds
