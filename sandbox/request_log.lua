-- luacheck: std ngx_lua+luajit
--- A request's way through the server, on whichever port: noted as it arrives, admitted or refused, answered or met by
-- a fault, noted as it ends.

local answers = require "sandbox.responses"
local faults = require "sandbox.faults"
local ledger = require "sandbox.ledger"
local Request = require "sandbox.request"

local visits = {}

--- The access phase: reads the request whole, notes it, and keeps for the content phase what is to be answered.
-- `admit(request, note)` gives a refusal, or nil and the call {operation, process = function that answers}.
-- `port` is how the ledger calls this port, its number unless told.
function visits.enter(admit, port)
  ngx.req.read_body()
  local request = Request.current()
  local note = ledger.arrival {
    method = request.method, uri = request.uri, headers = request:header_map(), body = request.body,
    bytes = #request.body, connection = tonumber(ngx.var.connection), authenticated = false,
    connection_requests = tonumber(ngx.var.connection_requests), port = port or tonumber(ngx.var.server_port),
  }
  ngx.ctx.note, ngx.ctx.request = note, request
  ngx.ctx.refusal, ngx.ctx.call = admit(request, note)
end

--- The content phase: the answer, or the fault that was asked for this call.
function visits.answer()
  local refusal, call, request = ngx.ctx.refusal, ngx.ctx.call, ngx.ctx.request
  if refusal then return answers.send(refusal) end
  local fault = faults.take(call.operation, request.method .. " " .. request.raw_path)
  if fault then
    ngx.ctx.note.fault = fault.fault
    return faults.play(fault, call.process)
  end
  answers.send(call.process())
end

--- The log phase completes the note; a request too broken to reach the access phase is noted here.
function visits.log(port)
  local note = ngx.ctx.note or ledger.arrival {
    method = ngx.var.request_method, uri = ngx.var.request_uri, authenticated = false,
    connection = tonumber(ngx.var.connection), bytes = 0, port = port or tonumber(ngx.var.server_port),
  }
  note.status, note.seconds = ngx.status, tonumber(ngx.var.request_time)
end

return visits
