-- luacheck: std ngx_lua+luajit
--- The API gateway before the service: finds the call, checks who asks, lets it through or refuses in its own words.

local answers = require "spec.sandbox.answers"
local clock = require "spec.sandbox.clock"
local faults = require "spec.sandbox.faults"
local ids = require "spec.sandbox.ids"
local keys = require "spec.sandbox.keys"
local ledger = require "spec.sandbox.ledger"
local replication = require "spec.sandbox.replication"
local Request = require "spec.sandbox.request"
local routes = require "spec.sandbox.routes"
local state = require "spec.sandbox.state"
local verifier = require "spec.sandbox.verifier"
local world = require "spec.sandbox.world"

local gateway = {}

local WRONG_PROJECT = "URL's projectId is not equal token's projectId"

local function deny(cause)
  return answers.refuse("APIGW.0301", cause)
end

local function check_token(value, project_id)
  local token = keys.token(value)
  if not token then return deny "decrypt token fail" end
  if token.expired then return answers.refuse("APIGW.0307", "token expired") end
  if world.projects[token.project].id ~= project_id then return deny(WRONG_PROJECT) end
end

-- One attempt with a key that exists: anything wrong here counts towards its lock.
local function check_key(request, parsed, key)
  if key.security_token and request:header "x-security-token" ~= key.security_token then
    return "verify security token fail"
  elseif not key.security_token and request:header "x-security-token" then
    return "verify security token fail"
  end
  local ok, cause = verifier.verify(request, parsed, key, clock.now())
  if not ok then return cause end
end

local function check_signature(request, project_id)
  local authorization = request:header "authorization"
  if not authorization then return deny "authorization header or X-Auth-Token is missing" end
  local parsed = verifier.parse(authorization)
  if not parsed then return deny "authorization header is malformed" end
  local key = keys.by_ak(parsed.ak)
  if not key then return deny(("Get secretKey failed,ak:%s,err:ak not exist"):format(parsed.ak)) end
  if keys.is_locked(key) then return deny "AK access failed to reach the limit, forbidden" end
  local cause = check_key(request, parsed, key)
  if cause then
    keys.failed(key)
    return deny(cause)
  end
  keys.succeeded(key)
  local project = state.projects[project_id]
  if request:header "x-project-id" ~= project_id or not project or project.account ~= key.account then
    return deny(WRONG_PROJECT)
  end
end

local function admit(request, note)
  local route, project_id, id = routes.find(request.method, request.path)
  if not route then return answers.refuse "APIGW.0101" end
  note.operation = route.operation
  if not ids.is_hex32(project_id) then return answers.malformed_url() end
  local token = request:header "x-auth-token"
  local refusal
  if token then refusal = check_token(token, project_id) else refusal = check_signature(request, project_id) end
  if refusal then return refusal end
  note.authenticated = true
  local project = state.projects[project_id]
  note.region = project.region
  if route.cloud and project.cloud ~= route.cloud then return answers.refuse "APIGW.0101" end
  return nil, { answer = route.answer, operation = route.operation, project = project, id = id }
end

--- The access phase: reads the request whole, notes it, and keeps for the content phase what is to be answered.
function gateway.enter()
  ngx.req.read_body()
  local request = Request.current()
  local note = ledger.arrival {
    method = request.method, uri = request.uri, headers = request:header_map(), body = request.body,
    bytes = #request.body, connection = tonumber(ngx.var.connection), authenticated = false,
    connection_requests = tonumber(ngx.var.connection_requests), port = tonumber(ngx.var.server_port),
  }
  ngx.ctx.note = note
  local refusal, call = admit(request, note)
  ngx.ctx.refusal, ngx.ctx.call, ngx.ctx.request = refusal, call, request
end

--- The content phase: the answer, or the fault that was asked for this call.
function gateway.answer()
  local refusal, call, request = ngx.ctx.refusal, ngx.ctx.call, ngx.ctx.request
  if refusal then return answers.send(refusal) end
  local function process()
    replication.settle()
    return call.answer(request, call.project, call.id)
  end
  local fault = faults.take(call.operation, request.method .. " " .. request.raw_path)
  if fault then
    ngx.ctx.note.fault = fault.fault
    return faults.play(fault, process)
  end
  answers.send(process())
end

--- The log phase completes the note; a request too broken to reach the access phase is noted here.
function gateway.log()
  local note = ngx.ctx.note or ledger.arrival {
    method = ngx.var.request_method, uri = ngx.var.request_uri, authenticated = false,
    connection = tonumber(ngx.var.connection), bytes = 0, port = tonumber(ngx.var.server_port),
  }
  note.status, note.seconds = ngx.status, tonumber(ngx.var.request_time)
end

-- One code for four statuses: malformed, body too large, URI too long, headers too large.
local MALFORMED = { [400] = "Bad request", [413] = "Request entity too large", [414] = "Request URI too long",
  [494] = "Request headers too large" }

--- What nginx itself refuses, in the gateway's form.
function gateway.refuse(status)
  local answer = answers.refuse("APIGW.0201", nil, status)
  answer.body.error_msg = MALFORMED[status]
  answers.send(answer)
end

return gateway
