-- luacheck: std ngx_lua+luajit
--- Reads the bodies of IAM requests: nested members, and the scope that a token is requested for.

local fixtures = require "sandbox.fixtures"
local json = require "sandbox.json"
local responses = require "sandbox.gateway.responses"
local state = require "sandbox.state"

local iam_body = {}

--- The body of a request; or nil and the response to a body that is not JSON.
function iam_body.read(request)
  local body = json.decode(request.body)
  if type(body) ~= "table" then
    return nil, responses.keystone(400, "The request body is not JSON.")
  end
  return body
end

--- The nested member at `path` ("a.b.c"), or nil if there is no such member of type `wanted`.
function iam_body.at(body, path, wanted)
  for name in path:gmatch "[^.]+" do
    if type(body) ~= "table" then
      return nil
    end
    body = body[name]
  end
  if type(body) == wanted then
    return body
  end
end

--- The account that `domain`, {id} or {name}, means: its key in fixtures.accounts; nil if there is no such account.
function iam_body.account(domain)
  for key, account in pairs(fixtures.accounts) do
    if type(domain) == "table" and (domain.id == account.id or domain.name == account.name) then
      return key
    end
  end
end

local function project_of(account, wanted)
  for _, project in ipairs(state.projects_of(account)) do
    if wanted.id == project.id or (wanted.id == nil and wanted.name == project.name) then
      return project
    end
  end
end

--- The scope that `auth.scope` asks for.
-- → the project of the account, or false for the scope of the whole account; or nil, HTTP status and cause
function iam_body.scope(body, account)
  local scope = iam_body.at(body, "auth.scope", "table")
  if not scope or type(scope.domain) == "table" then
    return false
  end
  local wanted = scope.project
  if type(wanted) ~= "table" or (type(wanted.id) ~= "string" and type(wanted.name) ~= "string") then
    return nil, 400, "Expecting to find id or name in project."
  end
  local project = project_of(account, wanted)
  if not project then
    return nil, 401, ("Could not find project: %s."):format(wanted.id or wanted.name)
  end
  return project
end

return iam_body
