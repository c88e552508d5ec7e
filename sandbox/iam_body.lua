-- luacheck: std ngx_lua+luajit
--- Reading what is posted to IAM: a member deep in a JSON text, and the project that a token is asked for.

local json = require "sandbox.json"
local state = require "sandbox.state"
local world = require "sandbox.fixtures"

local iam_body = {}

function iam_body.read(request)
  local body = json.decode(request.body)
  return type(body) == "table" and body or nil
end

--- What is at `body.a.b.c`, given as "a.b.c"; nil where the way ends or another type than `wanted` is there.
function iam_body.at(body, way, wanted)
  for step in way:gmatch "[^.]+" do
    if type(body) ~= "table" then return nil end
    body = body[step]
  end
  if type(body) == wanted then return body end
end

-- An account by {id} or {name}, as `domain` says.
function iam_body.account(domain)
  for key, account in pairs(world.accounts) do
    if type(domain) == "table" and (domain.id == account.id or domain.name == account.name) then return key end
  end
end

local function project_of(account, wanted)
  for _, project in ipairs(state.projects_of(account)) do
    if wanted.id == project.id or (wanted.id == nil and wanted.name == project.name) then return project end
  end
end

--- The project that `auth.scope` asks for, of those of the account; false where the scope is the account itself.
-- → project or false; or nil, status and cause.
function iam_body.scope(body, account)
  local scope = iam_body.at(body, "auth.scope", "table")
  if not scope or type(scope.domain) == "table" then return false end
  local wanted = scope.project
  if type(wanted) ~= "table" or (type(wanted.id) ~= "string" and type(wanted.name) ~= "string") then
    return nil, 400, "Expecting to find id or name in project."
  end
  local project = project_of(account, wanted)
  if not project then return nil, 401, ("Could not find project: %s."):format(wanted.id or wanted.name) end
  return project
end

return iam_body
