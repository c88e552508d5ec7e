-- luacheck: std ngx_lua+luajit
--- Mishaps on request: which are waiting for which call, and how each plays.

local answers = require "sandbox.responses"
local json = require "sandbox.json"
local sockets = require "sandbox.sockets"
local twist = require "sandbox.replace_value"

local faults = {}

local MEBI = 1024 * 1024

local function hang_up()
  return ngx.exit(444)
end

local function reset()
  sockets.reset(tonumber(ngx.var.server_port), tonumber(ngx.var.remote_port))
  return hang_up()
end

-- Bytes past nginx: whatever is sent here is all the client gets.
local function raw(...)
  local socket = assert(ngx.req.socket(true))
  for _, bytes in ipairs { ... } do
    if not socket:send(bytes) then break end
  end
  return socket
end

local function stream(piece, bytes)
  local left = bytes
  while left > 0 do
    if not ngx.print(left < #piece and piece:sub(1, left) or piece) then return end
    if not ngx.flush(true) then return end
    left = left - #piece
  end
end

-- Bytes past nginx: `body`, then `again` over and over up to `bytes` or without end, each `interval` late, then `tail`;
-- the connection stays open for so many `seconds` more.
local function play_raw(fault)
  local socket = raw(fault.body)
  local left = fault.again and (fault.bytes or math.huge) or 0
  while left > 0 do
    ngx.sleep(fault.interval or 0)
    if not socket:send(fault.again) then return end
    left = left - #fault.again
  end
  if fault.tail and not socket:send(fault.tail) then return end
  if fault.seconds then ngx.sleep(fault.seconds) end
end

local function with_nulls(value)
  if type(value) ~= "table" then return json.null end
  local emptied = #value > 0 and json.list() or {}
  for key, held in pairs(value) do emptied[key] = with_nulls(held) end
  if next(emptied) == nil then return json.null end
  return emptied
end

local refusing = 0

local function refuse(fault)
  refusing = refusing + 1
  local mine = refusing
  sockets.refuse(faults.control_port())
  if fault.seconds then
    ngx.timer.at(fault.seconds, function()
      if mine == refusing then sockets.accept() end
    end)
  end
end

--- Every fault: `after` says whether the order is taken in first unless the fault's own `after` says otherwise;
-- `play(fault, answer, process)` gets the answer (one of an empty object when nothing was taken in).
local KINDS = {
  refused = { after = false, play = function(fault) refuse(fault) return reset() end },
  reset_before = { after = false, play = reset },
  reset_after = { after = true, play = reset },
  reset_later = { after = true, play = function(fault, answer)
    local own, peer = tonumber(ngx.var.server_port), tonumber(ngx.var.remote_port)
    ngx.timer.at(fault.seconds or 0.1, function() sockets.reset(own, peer) end)
    return answers.send(answer)
  end },
  close_before = { after = false, play = hang_up },
  close_after = { after = true, play = hang_up },
  slow_headers = { after = true, play = function(fault, answer)
    ngx.sleep(fault.seconds or 5)
    return answers.send(answer)
  end },
  slow_before = { after = false, play = function(fault, _, process)
    ngx.sleep(fault.seconds or 5)
    return answers.send(process())
  end },
  drip = { after = true, play = function(fault, answer)
    local bytes = answers.bytes(answer)
    answers.head(answer)
    ngx.header["Content-Length"] = #bytes
    for i = 1, #bytes do
      if not ngx.print(bytes:sub(i, i)) or not ngx.flush(true) then return end
      if i < #bytes then ngx.sleep(fault.interval or 0.05) end
    end
  end },
  truncated = { after = true, play = function(_, answer)
    local bytes = answers.bytes(answer)
    raw(("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: %s\r\nContent-Length: %d\r\n\r\n")
      :format(answers.request_id(), #bytes), bytes:sub(1, math.floor(#bytes / 2)))
  end },
  oversized = { after = true, play = function(fault, answer)
    local bytes = fault.bytes or 64 * MEBI
    answers.head(answer)
    if fault.length then ngx.header["Content-Length"] = bytes end
    ngx.print '{"padding":"'
    stream(("x"):rep(65536), bytes - 14)
    ngx.print '"}'
  end },
  endless_headers = { after = true, play = function(fault)
    local socket = raw "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    local line = "X-Padding: " .. ("x"):rep(1011) .. "\r\n"
    for _ = 1, (fault.bytes or 64 * MEBI) / #line do
      if not socket:send(line) then return end
    end
  end },
  invalid_json = { after = true, play = function(fault)
    return answers.send { status = 200, body = fault.body or '{"replication": {"backups": [' }
  end },
  wrong_type = { after = true, play = function(fault)
    return answers.send { status = 200, content_type = "text/plain", body = fault.body or "everything went well" }
  end },
  html_502 = { after = false, play = function(fault)
    return answers.send { status = fault.status or 502, content_type = "text/html",
      body = fault.body or "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>" }
  end },
  throttled = { after = false, play = function(fault)
    local answer = answers.refuse "APIGW.0308"
    answer.headers = { ["Retry-After"] = fault.retry_after }
    return answers.send(answer)
  end },
  unauthorized = { after = false, play = function(fault)
    local answer = answers.refuse("APIGW.0301", "decrypt token fail")
    answer.body.error_code = fault.code or answer.body.error_code
    answer.body.error_msg = fault.message or answer.body.error_msg
    return answers.send(answer)
  end },
  status = { after = false, play = function(fault)
    local answer = answers.refuse(fault.code or "APIGW.0601", nil, fault.status or 500)
    answer.body.error_msg = fault.message or answer.body.error_msg
    answer.body = fault.body or answer.body
    answer.headers, answer.content_type = fault.headers, fault.content_type
    return answers.send(answer)
  end },
  redirect = { after = false, play = function(fault)
    return answers.send { status = fault.status or 307, body = "",
      headers = { Location = fault.location or faults.plain_url() .. ngx.var.request_uri } }
  end },
  empty = { after = true, play = function() return answers.send { status = 200, body = "" } end },
  null_fields = { after = true, play = function(_, answer)
    local emptied, body = {}, type(answer.body) == "table" and answer.body or {}
    for key, value in pairs(body) do emptied[key] = with_nulls(value) end
    answer.body = emptied
    return answers.send(answer)
  end },
  twisted = { after = true, play = function(fault, answer)
    answer.body, ngx.ctx.note.twisted = twist.nth(answer.body, fault.at or 1, fault.value or "null")
    return answers.send(answer)
  end },
  raw = { after = true, play = play_raw },
  garbage = { after = true, play = function(fault)
    raw(fault.body or ("\0\1\2\255SSH-2.0-not_http\r\n" .. ("\200"):rep(64) .. "\r\n\r\n"))
  end },
}

local waiting

function faults.reset()
  waiting = json.list()
  refusing = refusing + 1
  sockets.accept()
end

-- The ports are told by whoever wrote nginx's configuration.
function faults.control_port() return tonumber(os.getenv "CBR_SANDBOX_CONTROL_PORT") end
function faults.plain_url() return "http://127.0.0.1:" .. os.getenv "CBR_SANDBOX_PLAIN_PORT" end

--- Arms a fault for the coming calls. "refused" without a `call` begins at once. → true, or nil and what is wrong.
function faults.add(fault)
  if type(fault) ~= "table" or not KINDS[fault.fault] then
    return nil, "no such fault: " .. tostring(type(fault) == "table" and fault.fault)
  end
  for key, value in pairs(fault) do
    if value == json.null then fault[key] = nil end
  end
  if fault.fault == "refused" and fault.call == nil then
    refuse(fault)
    return true
  end
  fault.call, fault.times = fault.call or "*", fault.times or 1
  waiting[#waiting + 1] = fault
  return true
end

function faults.list()
  return waiting
end

local function concerns(fault, operation, line)
  return fault.call == "*" or fault.call == operation or line:find(fault.call) ~= nil
end

--- The oldest fault waiting for this call, if any, counted down. One with a `chance` lets calls pass it by.
function faults.take(operation, line)
  for i, fault in ipairs(waiting) do
    if concerns(fault, operation, line) and math.random() < (fault.chance or 1) then
      fault.times = fault.times - 1
      if fault.times == 0 then table.remove(waiting, i) end
      return fault
    end
  end
end

--- Plays a fault on the call at hand. `process` takes the order in and returns its answer.
function faults.play(fault, process)
  local kind = KINDS[fault.fault]
  local after = fault.after
  if after == nil then after = kind.after end
  local answer = after and process() or answers.ok {}
  return kind.play(fault, answer, process)
end

faults.reset()

return faults
