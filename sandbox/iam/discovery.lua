-- luacheck: std ngx_lua+luajit
--- The first reads of Keystone's clients: the versions of IAM, and the catalog of their token.

local catalog = require "sandbox.iam.catalog"
local iam_projects = require "sandbox.iam.projects"
local json = require "sandbox.json"
local responses = require "sandbox.gateway.responses"
local state = require "sandbox.state"

local iam_discovery = {}

local function version()
  return {
    id = "v3.6", status = "stable", updated = "2016-04-04T00:00:00Z",
    links = json.list { { rel = "self", href = iam_projects.links("/v3/").self } },
    ["media-types"] = json.list {
      { base = "application/json", type = "application/vnd.openstack.identity-v3+json" },
    },
  }
end

--- GET /. The status is Keystone's too.
function iam_discovery.versions()
  return { status = 300, body = { versions = { values = json.list { version() } } } }
end

--- GET /v3
function iam_discovery.version()
  return responses.ok { version = version() }
end

--- GET /v3/auth/catalog, for the holder of a token.
function iam_discovery.catalog(_, holder)
  if not holder.token then
    return responses.keystone(403, "You are not authorized to perform the requested action.")
  end
  return responses.ok {
    catalog = catalog.of(state.projects[holder.project_id]), links = iam_projects.links(),
  }
end

return iam_discovery
