-- luacheck: std ngx_lua+luajit
--- The API gateway in front of the services. It finds the call that a request is for, authenticates the caller, and
-- admits or rejects the request.

local apply_quirks = require "sandbox.faults.apply_quirks"
local events = require "sandbox.cbr.events"
local ids = require "sandbox.ids"
local phases = require "sandbox.gateway.phases"
local responses = require "sandbox.gateway.responses"
local routes = require "sandbox.gateway.routes"
local sign_in = require "sandbox.gateway.sign_in"
local state = require "sandbox.state"

local gateway = { content = phases.content, log = phases.log }

-- Whether the caller may use the project. A token is valid for one project only. A request that is signed with a key
-- must name a project of the key's account in X-Project-Id.
local function may_enter(holder, request, project_id)
  if holder.token then
    return holder.project_id == project_id
  end
  local project = state.projects[project_id]
  return request:header "x-project-id" == project_id and project and project.account == holder.account
end

-- Whether a call without a project in its path exists on the caller's cloud. The project of the token, or the
-- X-Project-Id of a signed request, decides which cloud this is.
local function is_on(cloud, holder, request)
  local project = state.projects[holder.project_id or request:header "x-project-id"]
  return not project or project.account ~= holder.account or project.cloud == cloud
end

-- The call that the content phase processes. `owner`: the project, or the caller.
local function call_of(route, request, owner, ids_in_path)
  return {
    operation = route.operation,
    process = function()
      events.settle()
      local response = route.handler(request, owner, ids_in_path[1], ids_in_path[2])
      return route.is_cbr and apply_quirks(response) or response
    end,
  }
end

-- Admits or rejects a call without a project in its path. Calls that issue tokens (route.open) are admitted without
-- authentication, because their handlers check the credentials in the request.
local function admit_without_project(route, request, entry, ids_in_path)
  if not route.is_cbr then
    ngx.ctx.iam_trace = "token_sandbox_null_" .. responses.request_id()
  end
  entry.operation = route.operation
  local holder, rejection
  if not route.open then
    holder, rejection = sign_in.holder(request)
    if not holder then
      return rejection
    end
    entry.authenticated = true
    if route.cloud and not is_on(route.cloud, holder, request) then
      return responses.reject "APIGW.0101"
    end
  end
  return nil, call_of(route, request, holder, ids_in_path)
end

local function admit(request, entry)
  local without, ids_in_path = routes.find_without_project(request.method, request.path)
  if without then
    return admit_without_project(without, request, entry, ids_in_path)
  end
  local route, project_id
  route, project_id, ids_in_path = routes.find(request.method, request.path)
  if not route then
    return responses.reject "APIGW.0101"
  end
  entry.operation = route.operation
  if not ids.is_hex32(project_id) then
    return responses.malformed_url()
  end
  local holder, rejection = sign_in.holder(request)
  if not holder then
    return rejection
  end
  if not may_enter(holder, request, project_id) then
    return sign_in.reject "URL's projectId is not equal token's projectId"
  end
  entry.authenticated = true
  local project = state.projects[project_id]
  entry.region = project.region
  if route.cloud and project.cloud ~= route.cloud then
    return responses.reject "APIGW.0101"
  end
  return nil, call_of(route, request, project, ids_in_path)
end

function gateway.access()
  ngx.ctx.is_gateway = true
  phases.access(admit)
end

-- The text for each of four statuses, which all have the same error code.
local MALFORMED = { [400] = "Bad request", [413] = "Request entity too large", [414] = "Request URI too long",
  [494] = "Request headers too large" }

--- Responds to a request that nginx itself rejected, in the gateway's form.
function gateway.reject(status)
  ngx.ctx.is_gateway = true
  local response = responses.reject("APIGW.0201", nil, status)
  response.body.error_msg = MALFORMED[status]
  responses.send(response)
end

return gateway
