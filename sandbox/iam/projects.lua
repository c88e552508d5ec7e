-- luacheck: std ngx_lua+luajit
--- IAM's lists of projects and domains. A caller sees only projects and domains of its own account.

local fixtures = require "sandbox.fixtures"
local json = require "sandbox.json"
local parameters = require "sandbox.cbr.parameters"
local responses = require "sandbox.gateway.responses"
local state = require "sandbox.state"

local iam_projects = {}

--- The field `links` of a response. The member `self` of `links` is the URL of `path`; without `path`, the URL of the
-- current request.
function iam_projects.links(path)
  local here = ngx.var.scheme .. "://" .. (ngx.var.http_host or "localhost")
  return { self = here .. (path or ngx.var.request_uri), next = json.null, previous = json.null }
end

local links = iam_projects.links

--- A project in the form of IAM's responses.
function iam_projects.view(project)
  return {
    id = project.id, name = project.name, domain_id = project.domain_id, parent_id = project.parent_id,
    enabled = project.enabled, is_domain = false, description = project.description or "",
    links = { self = links("/v3/projects/" .. project.id).self },
  }
end

local view = iam_projects.view

local function matches(project, query)
  return (not query.name or project.name == query.name)
    and (not query.parent_id or project.parent_id == query.parent_id)
    and (query.enabled == nil or project.enabled == query.enabled)
    and (query.is_domain ~= true)
end

local QUERY = {
  name = "text", domain_id = "text", parent_id = "text", enabled = "boolean", is_domain = "boolean",
  page = "page", per_page = "per_page",
}

--- GET /v3/projects
function iam_projects.list(request, holder)
  local query, problem = parameters.query(request:arguments(), QUERY)
  if not query then
    return responses.keystone(400, problem)
  end
  if (query.page == nil) ~= (query.per_page == nil) then
    return responses.keystone(400, "page and per_page must be given together")
  end
  if query.domain_id and query.domain_id ~= fixtures.accounts[holder.account].id then
    return responses.keystone(403, "You are not authorized to perform the requested action.")
  end
  local found = {}
  for _, project in ipairs(state.projects_of(holder.account)) do
    if matches(project, query) then
      found[#found + 1] = view(project)
    end
  end
  local limit = query.per_page or math.huge
  local page = parameters.page(found, { limit = limit, offset = query.page and (query.page - 1) * limit or 0 })
  return responses.ok { projects = page, links = links() }
end

--- GET /v3/auth/projects: the projects that the caller may use.
function iam_projects.of_holder(_, holder)
  local found = json.list()
  for _, project in ipairs(state.projects_of(holder.account)) do
    if project.enabled then
      found[#found + 1] = view(project)
    end
  end
  return responses.ok { projects = found, links = links() }
end

--- GET /v3/auth/domains
function iam_projects.domains(_, holder)
  local account = fixtures.accounts[holder.account]
  return responses.ok {
    domains = json.list {
      { id = account.id, name = account.name, enabled = true, description = "",
        links = { self = links("/v3/domains/" .. account.id).self } },
    },
    links = links(),
  }
end

--- GET /v5/caller-identity, of the security token service (STS).
function iam_projects.caller_identity(_, holder)
  local account = fixtures.accounts[holder.account]
  local id = "7fd10c62b9e84a35af06c8d2e417b953"
  return responses.ok {
    account_id = account.id, principal_id = id, principal_urn = ("iam::%s:user:%s"):format(account.id, account.name),
  }
end

return iam_projects
