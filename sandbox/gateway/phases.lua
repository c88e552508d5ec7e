-- luacheck: std ngx_lua+luajit
--- The three nginx phases of a request, which are the same on every port. The first logs the request and admits or
-- rejects it, the second sends a response or carries out a fault, the third completes the log entry.

local faults = require "sandbox.faults.faults"
local guard = require "sandbox.gateway.guard"
local Request = require "sandbox.gateway.request"
local request_log = require "sandbox.gateway.request_log"
local responses = require "sandbox.gateway.responses"

local phases = {}

local function admit_request(admit, port)
  ngx.req.read_body()
  local request = Request.current()
  local entry = request_log.add {
    method = request.method, uri = request.uri, headers = request:header_map(), body = request.body,
    bytes = #request.body, connection = tonumber(ngx.var.connection), authenticated = false,
    connection_requests = tonumber(ngx.var.connection_requests), port = port or tonumber(ngx.var.server_port),
  }
  ngx.ctx.entry, ngx.ctx.request = entry, request
  ngx.ctx.rejection, ngx.ctx.call = admit(request, entry)
end

--- The access phase: reads the whole request, logs it, and decides what the content phase does.
-- `admit(request, entry)` returns an error response, or nil and the call: {operation, process = a function that returns
-- the response}. `port` is the name of the port in the log, by default the port's number.
function phases.access(admit, port)
  local ok, problem = guard.call(admit_request, admit, port)
  if not ok then
    ngx.ctx.rejection = responses.failure(problem.message)
  end
end

local function respond()
  local rejection, call, request = ngx.ctx.rejection, ngx.ctx.call, ngx.ctx.request
  if rejection then
    return responses.send(rejection)
  end
  local fault = faults.take(call.operation, request.method .. " " .. request.raw_path)
  if fault then
    ngx.ctx.entry.fault = fault.label or fault.fault
    return faults.play(fault, call.process)
  end
  responses.send(call.process())
end

--- The content phase: sends the response, or carries out the fault that is armed for this call.
function phases.content()
  local ok, problem = guard.call(respond)
  if ok then
    return
  end
  -- If the head was sent, or a fault has written to the connection directly, nothing else can be sent.
  if not ngx.headers_sent and not ngx.ctx.wrote_raw then
    responses.send(responses.failure(problem.message))
  end
end

--- The log phase: completes the log entry. A request that nginx itself rejected never reached the access phase, so its
-- log entry is added here.
function phases.log(port)
  local entry = ngx.ctx.entry or request_log.add {
    method = ngx.var.request_method, uri = ngx.var.request_uri, authenticated = false,
    connection = tonumber(ngx.var.connection), bytes = 0, port = port or tonumber(ngx.var.server_port),
  }
  entry.status, entry.seconds = ngx.status, tonumber(ngx.var.request_time)
end

return phases
