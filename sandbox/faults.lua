-- luacheck: std ngx_lua+luajit
--- Faults on request: which are armed for which call, and what each does.

local json = require "sandbox.json"
local replace_value = require "sandbox.replace_value"
local responses = require "sandbox.responses"
local sockets = require "sandbox.sockets"

local faults = {}

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

-- Writes `body`, then `again` repeatedly (until `bytes` of it are sent; without `bytes`, endlessly), each after a
-- pause of `interval`, then `tail`. The connection stays open for `seconds` more.
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

-- Counts the changes between refusing and accepting, so that the timer of an earlier fault has no effect.
local generation = 0

local function refuse(fault)
  generation = generation + 1
  local mine = generation
  sockets.refuse(faults.control_port())
  if fault.seconds then
    ngx.timer.at(fault.seconds, function()
      if mine == generation then
        sockets.accept()
      end
    end)
  end
end

-- Every fault. `after`: whether the call is processed, and an order accepted, before the fault plays; the armed
-- fault's own `after` overrides it. `play(fault, response, process)` gets the response, or one with an empty object if
-- the call was not processed.
local KINDS = {
  refused = { after = false, play = function(fault) refuse(fault) return reset() end },
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
  slow_before = { after = false, play = function(fault, _, process)
    ngx.sleep(fault.seconds or 5)
    return responses.send(process())
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
  throttled = { after = false, play = function(fault)
    local response = responses.reject "APIGW.0308"
    response.headers = { ["Retry-After"] = fault.retry_after }
    return responses.send(response)
  end },
  unauthorized = { after = false, play = function(fault)
    local response = responses.reject("APIGW.0301", "decrypt token fail")
    response.body.error_code = fault.code or response.body.error_code
    response.body.error_msg = fault.message or response.body.error_msg
    return responses.send(response)
  end },
  status = { after = false, play = function(fault)
    local response = responses.reject(fault.code or "APIGW.0601", nil, fault.status or 500)
    response.body.error_msg = fault.message or response.body.error_msg
    response.body = fault.body or response.body
    response.headers, response.content_type = fault.headers, fault.content_type
    return responses.send(response)
  end },
  redirect = { after = false, play = function(fault)
    return responses.send { status = fault.status or 307, body = "",
      headers = { Location = fault.location or faults.plain_url() .. ngx.var.request_uri } }
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
  garbage = { after = true, play = function(fault)
    raw(fault.body or ("\0\1\2\255SSH-2.0-not_http\r\n" .. ("\200"):rep(64) .. "\r\n\r\n"))
  end },
}

local armed -- oldest first

function faults.reset()
  armed = json.list()
  generation = generation + 1
  sockets.accept()
end

-- sandbox/run sets both variables.
function faults.control_port() return tonumber(os.getenv "CBR_SANDBOX_CONTROL_PORT") end
function faults.plain_url() return "http://127.0.0.1:" .. os.getenv "CBR_SANDBOX_PLAIN_PORT" end

--- Arms a fault for coming calls. "refused" without a `call` begins at once. → true, or nil and what is wrong
function faults.add(fault)
  if type(fault) ~= "table" or not KINDS[fault.fault] then
    return nil, "no such fault: " .. tostring(type(fault) == "table" and fault.fault)
  end
  for key, value in pairs(fault) do
    if value == json.null then
      fault[key] = nil
    end
  end
  if fault.fault == "refused" and fault.call == nil then
    refuse(fault)
    return true
  end
  fault.call, fault.times = fault.call or "*", fault.times or 1
  armed[#armed + 1] = fault
  return true
end

function faults.list()
  return armed
end

local function applies(fault, operation, line)
  return fault.call == "*" or fault.call == operation or line:find(fault.call) ~= nil
end

--- Takes the oldest fault armed for this call, and counts it down. A fault with a `chance` below 1 may be skipped.
-- → the fault, or nil
function faults.take(operation, line)
  for i, fault in ipairs(armed) do
    if applies(fault, operation, line) and math.random() < (fault.chance or 1) then
      fault.times = fault.times - 1
      if fault.times == 0 then
        table.remove(armed, i)
      end
      return fault
    end
  end
end

--- Plays a fault on the current call. `process` processes the call and returns its response.
function faults.play(fault, process)
  local kind = KINDS[fault.fault]
  local after = fault.after
  if after == nil then
    after = kind.after
  end
  local response = after and process() or responses.ok {}
  return kind.play(fault, response, process)
end

faults.reset()

return faults
