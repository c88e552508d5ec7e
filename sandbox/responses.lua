-- luacheck: std ngx_lua+luajit
--- Answers before they are sent: {status, body} with the body a table or raw text. Faults may still change them.

local clock = require "sandbox.clock"
local codes = require "sandbox.codes"
local ids = require "sandbox.ids"
local json = require "sandbox.json"

local answers = {}

--- The id of the request at hand, the same wherever it is told.
function answers.request_id()
  local context = ngx.ctx
  context.request_id = context.request_id or ids.hex32()
  return context.request_id
end

function answers.ok(body)
  return { status = 200, body = body }
end

--- A refusal by code. `detail` is appended to the service's own text, `status` replaces that of the table.
function answers.refuse(code, detail, status)
  local row = codes[code] or { 500, "Unknown error." }
  return {
    status = status or row[1],
    body = {
      error_code = code, error_msg = detail and row[2] .. ": " .. detail or row[2], request_id = answers.request_id(),
    },
  }
end

local TITLES = { [400] = "Bad Request", [401] = "Unauthorized", [403] = "Forbidden", [404] = "Not Found" }

--- A refusal in the manner of Keystone, which IAM has.
function answers.keystone(status, message)
  return { status = status, body = { error = { code = status, message = message, title = TITLES[status] } } }
end

--- A text as the metadata service gives.
function answers.text(status, text)
  return { status = status, body = text, content_type = "text/plain" }
end

--- What the service says to an id it cannot even read: HTTP 401, and yet nothing is wrong with the sign-in.
function answers.malformed_url()
  return { status = 401, body = { unauthorized = { code = "401", message = "Malformed request url" } } }
end

--- The answer's body as bytes.
function answers.bytes(answer)
  return type(answer.body) == "table" and json.encode(answer.body) or answer.body or ""
end

--- The headers every answer has. Date follows the sandbox's clock, which control can shift.
function answers.head(answer)
  ngx.status = answer.status
  ngx.header["Content-Type"] = answer.content_type or "application/json"
  ngx.header["X-Request-Id"] = answers.request_id()
  ngx.header["X-IAM-Trace-Id"] = ngx.ctx.iam_trace
  ngx.header["Date"] = ngx.http_time(math.floor(clock.now()))
  for name, value in pairs(answer.headers or {}) do ngx.header[name] = value end
end

function answers.send(answer)
  local bytes = answers.bytes(answer)
  answers.head(answer)
  ngx.header["Content-Length"] = #bytes
  ngx.print(bytes)
end

return answers
