-- luacheck: std ngx_lua+luajit
--- The API gateway before the services: finds the call, checks who asks, lets it through or refuses in its own words.

local answers = require "sandbox.responses"
local ids = require "sandbox.ids"
local replication = require "sandbox.replication"
local routes = require "sandbox.routes"
local sign_in = require "sandbox.sign_in"
local state = require "sandbox.state"
local visits = require "sandbox.request_log"

local gateway = { answer = visits.answer, log = visits.log }

-- A token is good for its own project; the holder of a key must name one of the account's.
local function may_enter(holder, request, project_id)
  if holder.token then return holder.project_id == project_id end
  local project = state.projects[project_id]
  return request:header "x-project-id" == project_id and project and project.account == holder.account
end

-- Without a project in the path, the token's tells the cloud, or the one that a key's holder names.
local function is_on(cloud, holder, request)
  local project = state.projects[holder.project_id or request:header "x-project-id"]
  return not project or project.account ~= holder.account or project.cloud == cloud
end

-- Calls that make tokens look at what is asked for themselves.
local function admit_without_project(route, request, note)
  if not route.cloud then ngx.ctx.iam_trace = "token_sandbox_null_" .. answers.request_id() end
  note.operation = route.operation
  local holder, refusal
  if not route.open then
    holder, refusal = sign_in.holder(request)
    if not holder then return refusal end
    note.authenticated = true
    if route.cloud and not is_on(route.cloud, holder, request) then return answers.refuse "APIGW.0101" end
  end
  return nil, { operation = route.operation, process = function() return route.answer(request, holder) end }
end

local function admit(request, note)
  local without = routes.find_without_project(request.method, request.path)
  if without then return admit_without_project(without, request, note) end
  local route, project_id, id = routes.find(request.method, request.path)
  if not route then return answers.refuse "APIGW.0101" end
  note.operation = route.operation
  if not ids.is_hex32(project_id) then return answers.malformed_url() end
  local holder, refusal = sign_in.holder(request)
  if not holder then return refusal end
  if not may_enter(holder, request, project_id) then
    return sign_in.deny "URL's projectId is not equal token's projectId"
  end
  note.authenticated = true
  local project = state.projects[project_id]
  note.region = project.region
  if route.cloud and project.cloud ~= route.cloud then return answers.refuse "APIGW.0101" end
  return nil, {
    operation = route.operation,
    process = function()
      replication.settle()
      return route.answer(request, project, id)
    end,
  }
end

function gateway.enter()
  visits.enter(admit)
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
