-- luacheck: std ngx_lua+luajit
--- Responses before they are sent: {status, body, headers, content_type}. `body` is text, or a table to send as JSON.
-- Quirks and faults may still change such a response.

local clock = require "sandbox.clock"
local codes = require "sandbox.gateway.codes"
local ids = require "sandbox.ids"
local json = require "sandbox.json"

local responses = {}

--- The id of the current request. The response's headers and body, the task and the ledger entry all have this id.
function responses.request_id()
  local context = ngx.ctx
  context.request_id = context.request_id or ids.hex32()
  return context.request_id
end

function responses.ok(body)
  return { status = 200, body = body }
end

--- An error response with one of the codes in sandbox/gateway/codes.lua. `detail` is appended to the text of the code;
-- `status` replaces the HTTP status of the code.
function responses.reject(code, detail, status)
  local row = codes[code] or { 500, "Unknown error." }
  return {
    status = status or row[1],
    body = {
      error_code = code, error_msg = detail and row[2] .. ": " .. detail or row[2], request_id = responses.request_id(),
    },
  }
end

--- The response when the sandbox itself has failed. Only a bug or the fault `sandbox_error` causes such a failure,
-- which is also logged.
function responses.failure(message)
  return {
    status = 500,
    body = { error_code = "Sandbox.500", error_msg = "error in the sandbox: " .. tostring(message),
      request_id = responses.request_id() },
  }
end

local TITLES = { [400] = "Bad Request", [401] = "Unauthorized", [403] = "Forbidden", [404] = "Not Found" }

--- An error response in Keystone's form, which IAM uses.
function responses.keystone(status, message)
  return { status = status, body = { error = { code = status, message = message, title = TITLES[status] } } }
end

--- Plain text, as the metadata service sends.
function responses.text(status, text)
  return { status = status, body = text, content_type = "text/plain" }
end

--- The service's response to a malformed id. The status is 401 although the authentication succeeded.
function responses.malformed_url()
  return { status = 401, body = { unauthorized = { code = "401", message = "Malformed request url" } } }
end

--- The response's body as bytes. The gateway and the service end an error's JSON with a newline.
function responses.bytes(response)
  local body = response.body
  if type(body) ~= "table" then
    return body or ""
  end
  return json.encode(body) .. (body.error_code and "\n" or "")
end

--- Sets status and headers. The header Date has the time of the sandbox's clock, which a test can set.
function responses.head(response)
  ngx.status = response.status
  ngx.header["Content-Type"] = response.content_type or "application/json"
  ngx.header["X-Request-Id"] = responses.request_id()
  ngx.header["X-IAM-Trace-Id"] = ngx.ctx.iam_trace
  ngx.header["Server"] = ngx.ctx.is_gateway and "api-gateway" or nil
  ngx.header["Date"] = ngx.http_time(math.floor(clock.now()))
  for name, value in pairs(ngx.ctx.headers or {}) do ngx.header[name] = value end
  for name, value in pairs(response.headers or {}) do ngx.header[name] = value end
end

-- Sends a response. Only responses of the gateway are sent in chunks, without Content-Length.
function responses.send(response)
  local bytes = responses.bytes(response)
  responses.head(response)
  if not ngx.ctx.is_gateway then
    ngx.header["Content-Length"] = #bytes
  end
  ngx.print(bytes)
end

return responses
