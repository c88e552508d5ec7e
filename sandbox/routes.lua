-- luacheck: std ngx_lua+luajit
--- The calls that the server has, and their handlers. The first capture of a path is the project id, the second the
-- id of the item.

local echo = require "sandbox.echo"
local iam_discovery = require "sandbox.iam_discovery"
local iam_keys = require "sandbox.iam_keys"
local iam_projects = require "sandbox.iam_projects"
local iam_tokens = require "sandbox.iam_tokens"
local orders = require "sandbox.orders"
local other_regions = require "sandbox.other_regions"
local reads = require "sandbox.reads"

-- {operation, method or "ANY", pattern, handler(request, project, id), only on this cloud}
local ROUTES = {
  { "replicate", "POST", "^/v3/([^/]*)/checkpoints/replicate/?$", orders.replicate },
  { "sync", "POST", "^/v3/([^/]*)/checkpoints/sync/?$", orders.sync, "huawei" },
  { "show_checkpoint", "GET", "^/v3/([^/]*)/checkpoints/([^/]+)/?$", reads.show_checkpoint },
  { "list_vault", "GET", "^/v3/([^/]*)/vaults/?$", reads.list_vault },
  { "list_external_vault", "GET", "^/v3/([^/]*)/vaults/external/?$", other_regions.list_external_vault, "huawei" },
  { "show_vault", "GET", "^/v3/([^/]*)/vaults/([^/]+)/?$", reads.show_vault },
  { "list_backups", "GET", "^/v3/([^/]*)/backups/?$", reads.list_backups },
  { "show_backup", "GET", "^/v3/([^/]*)/backups/([^/]+)/?$", reads.show_backup },
  { "list_op_logs", "GET", "^/v3/([^/]*)/operation%-logs/?$", reads.list_op_logs },
  { "show_op_log", "GET", "^/v3/([^/]*)/operation%-logs/([^/]+)/?$", reads.show_op_log },
  { "show_replication_capabilities", "GET", "^/v3/([^/]*)/replication%-capabilities/?$",
    reads.show_replication_capabilities },
  { "list_features", "GET", "^/v3/([^/]*)/cbr%-features/?$", other_regions.list_features, "huawei" },
  { "show_feature", "GET", "^/v3/([^/]*)/cbr%-features/([^/]+)/?$", other_regions.show_feature, "huawei" },
  { "echo", "ANY", "^/v3/([^/]*)/echo", echo },
}

-- Calls without a project in the path, most of them IAM's.
-- {operation, method, pattern, handler(request, holder), without authentication, only on this cloud}
local WITHOUT_PROJECT = {
  { "iam_list_versions", "GET", "^/$", iam_discovery.versions, true },
  { "iam_show_version", "GET", "^/v3/?$", iam_discovery.version, true },
  { "iam_auth_catalog", "GET", "^/v3/auth/catalog/?$", iam_discovery.catalog },
  { "iam_list_projects", "GET", "^/v3/projects/?$", iam_projects.list },
  { "iam_auth_projects", "GET", "^/v3/auth/projects/?$", iam_projects.of_holder },
  { "iam_auth_domains", "GET", "^/v3/auth/domains/?$", iam_projects.domains },
  { "iam_create_token", "POST", "^/v3/auth/tokens/?$", iam_tokens.by_password, true },
  { "iam_id_token", "POST", "^/v3%.0/OS%-AUTH/id%-token/tokens/?$", iam_tokens.by_id_token, true },
  { "iam_security_token", "POST", "^/v3%.0/OS%-CREDENTIAL/securitytokens/?$", iam_keys.by_token, true },
  { "list_projects", "GET", "^/v3/region%-projects/?$", other_regions.list_projects, false, "huawei" },
}

local routes = {}

--- → {operation, handler, open, cloud}, or nil if there is no such call. IAM's calls have no `cloud`.
function routes.find_without_project(method, path)
  for _, row in ipairs(WITHOUT_PROJECT) do
    if row[2] == method and path:find(row[3]) then
      return { operation = row[1], handler = row[4], open = row[5], cloud = row[6] }
    end
  end
end

--- → {operation, handler, cloud}, project id, id of the item; or nil if there is no such call
function routes.find(method, path)
  for _, row in ipairs(ROUTES) do
    if row[2] == method or row[2] == "ANY" then
      local project_id, id = path:match(row[3])
      if project_id then
        return { operation = row[1], handler = row[4], cloud = row[5] }, project_id, id
      end
    end
  end
end

return routes
