-- luacheck: std ngx_lua+luajit
--- The calls that the server offers, and their handlers.

local agents = require "sandbox.cbr.agents"
local agent_paths = require "sandbox.cbr.agent_paths"
local backup_changes = require "sandbox.cbr.backup_changes"
local checkpoints = require "sandbox.cbr.checkpoints"
local echo = require "sandbox.cbr.echo"
local iam_discovery = require "sandbox.iam.discovery"
local iam_keys = require "sandbox.iam.temporary_keys"
local iam_projects = require "sandbox.iam.projects"
local iam_tokens = require "sandbox.iam.new_tokens"
local members = require "sandbox.cbr.members"
local migration = require "sandbox.cbr.migration"
local orders = require "sandbox.cbr.orders"
local organization_policies = require "sandbox.cbr.organization_policies"
local other_regions = require "sandbox.cbr.other_regions"
local policies = require "sandbox.cbr.policies"
local policy_bindings = require "sandbox.cbr.policy_bindings"
local prepaid_orders = require "sandbox.cbr.prepaid_orders"
local protectables = require "sandbox.cbr.protectables"
local reads = require "sandbox.cbr.reads"
local tag_filter = require "sandbox.cbr.tag_filter"
local tags = require "sandbox.cbr.tags"
local usage = require "sandbox.cbr.usage"
local vault_resources = require "sandbox.cbr.vault_resources"
local vaults = require "sandbox.cbr.vaults"

-- The cloud of the calls that only one cloud has: Open Telekom Cloud has no API pages for these calls.
local HUAWEI = "huawei"

-- CBR's calls: {operation, method, path after the project id, handler(request, project, id, second id), the only cloud
-- that has the call}. The first row that matches a request decides.
local PROJECT = {
  { "create_checkpoint", "POST", "checkpoints", checkpoints.create },
  { "replicate", "POST", "checkpoints/replicate", orders.replicate },
  { "sync", "POST", "checkpoints/sync", orders.sync, HUAWEI },
  { "show_checkpoint", "GET", "checkpoints/{id}", checkpoints.show },

  { "list_backups", "GET", "backups", reads.list_backups },
  { "import_backup", "POST", "backups/sync", backup_changes.import, HUAWEI },
  { "show_backup", "GET", "backups/{id}", reads.show_backup },
  { "update_backup", "PUT", "backups/{id}", backup_changes.update, HUAWEI },
  { "delete_backup", "DELETE", "backups/{id}", backup_changes.delete },
  { "show_metadata", "GET", "backups/{id}/metadata", usage.show_metadata, HUAWEI },
  { "copy_backup", "POST", "backups/{id}/replicate", orders.copy_backup },
  { "restore_backup", "POST", "backups/{id}/restore", backup_changes.restore },

  { "show_members_detail", "GET", "backups/{id}/members", members.list },
  { "add_member", "POST", "backups/{id}/members", members.add },
  { "show_member_detail", "GET", "backups/{id}/members/{id}", members.show },
  { "update_member_status", "PUT", "backups/{id}/members/{id}", members.update },
  { "delete_member", "DELETE", "backups/{id}/members/{id}", members.delete },

  { "list_op_logs", "GET", "operation-logs", reads.list_op_logs },
  { "show_op_log", "GET", "operation-logs/{id}", reads.show_op_log },

  { "list_vault", "GET", "vaults", reads.list_vault },
  { "create_vault", "POST", "vaults", vaults.create },
  { "batch_update_vault", "PUT", "vaults/batch-update", vaults.batch_update, HUAWEI },
  { "list_external_vault", "GET", "vaults/external", other_regions.list_external_vault, HUAWEI },
  { "create_post_paid_vault", "POST", "vaults/order", prepaid_orders.create_vault },
  { "change_vault_charge_mode", "POST", "vaults/change-charge-mode", prepaid_orders.change_charge_mode, HUAWEI },
  { "show_summary", "GET", "vaults/summary", vaults.summary, HUAWEI },
  { "show_vault", "GET", "vaults/{id}", reads.show_vault },
  { "update_vault", "PUT", "vaults/{id}", vaults.update },
  { "delete_vault", "DELETE", "vaults/{id}", vaults.delete },
  { "add_vault_resource", "POST", "vaults/{id}/addresources", vault_resources.add },
  { "remove_vault_resource", "POST", "vaults/{id}/removeresources", vault_resources.remove },
  { "set_vault_resource", "PUT", "vaults/{id}/set-resources", vault_resources.set, HUAWEI },
  { "migrate_vault_resource", "POST", "vaults/{id}/migrateresources", vault_resources.migrate },
  { "associate_vault_policy", "POST", "vaults/{id}/associatepolicy", policy_bindings.associate },
  { "disassociate_vault_policy", "POST", "vaults/{id}/dissociatepolicy", policy_bindings.disassociate },

  { "list_policies", "GET", "policies", policies.list },
  { "create_policy", "POST", "policies", policies.create },
  { "show_policy", "GET", "policies/{id}", policies.show },
  { "update_policy", "PUT", "policies/{id}", policies.update },
  { "delete_policy", "DELETE", "policies/{id}", policies.delete },

  { "check_agent", "POST", "agent/check", agents.check, HUAWEI },
  { "list_protectable", "GET", "protectables/{id}/instances", protectables.list, HUAWEI },
  { "show_protectable", "GET", "protectables/{id}/instances/{id}", protectables.show, HUAWEI },
  { "show_replication_capabilities", "GET", "replication-capabilities", reads.show_replication_capabilities },

  { "show_vault_resource_instances", "POST", "vault/resource_instances/action", tag_filter.find },
  { "show_vault_project_tag", "GET", "vault/tags", tags.of_project },
  { "show_vault_tag", "GET", "vault/{id}/tags", tags.of_vault },
  { "create_vault_tags", "POST", "vault/{id}/tags", tags.add },
  { "batch_create_and_delete_vault_tags", "POST", "vault/{id}/tags/action", tags.change },
  { "delete_vault_tag", "DELETE", "vault/{id}/tags/{id}", tags.delete },

  { "list_features", "GET", "cbr-features", other_regions.list_features, HUAWEI },
  { "show_feature", "GET", "cbr-features/{id}", other_regions.show_feature, HUAWEI },

  { "change_order", "POST", "orders/change", prepaid_orders.change, HUAWEI },
  { "update_order", "PUT", "orders/{id}", prepaid_orders.update, HUAWEI },
  { "show_storage_usage", "GET", "storage_usage", usage.show_storage_usage, HUAWEI },

  { "list_organization_policies", "GET", "organization-policies", organization_policies.list, HUAWEI },
  { "create_organization_policy", "POST", "organization-policies", organization_policies.create, HUAWEI },
  { "show_organization_policy", "GET", "organization-policies/{id}", organization_policies.show, HUAWEI },
  { "update_organization_policy", "PUT", "organization-policies/{id}", organization_policies.update, HUAWEI },
  { "delete_organization_policy", "DELETE", "organization-policies/{id}", organization_policies.delete, HUAWEI },
  { "list_organization_policy_detail", "GET", "organization-policies/{id}/policy-detail",
    organization_policies.detail, HUAWEI },

  { "list_agent", "GET", "agents", agents.list, HUAWEI },
  { "register_agent", "POST", "agents", agents.register, HUAWEI },
  { "show_agent", "GET", "agents/{id}", agents.show, HUAWEI },
  { "update_agent", "PUT", "agents/{id}", agents.update, HUAWEI },
  { "unregister_agent", "DELETE", "agents/{id}", agents.unregister, HUAWEI },
  { "add_agent_path", "POST", "agents/{id}/add-path", agent_paths.add, HUAWEI },
  { "remove_agent_path", "POST", "agents/{id}/remove-path", agent_paths.remove, HUAWEI },
}

-- CBR's calls without a project in the path: {operation, method, path after /v3/, handler(request, caller, id)}.
local ACCOUNT = {
  { "list_domain_projects", "GET", "domain/{id}/projects", other_regions.list_domain_projects },
  { "show_domain", "GET", "domain/{id}", other_regions.show_domain },
  { "show_migrate_status", "GET", "migrates", migration.show },
  { "migrate_domain", "POST", "migrates", migration.start },
  { "list_projects", "GET", "region-projects", other_regions.list_projects },
}

-- IAM's calls: {operation, method, path, handler(request, caller), without authentication}.
local IAM = {
  { "iam_list_versions", "GET", "", iam_discovery.versions, true },
  { "iam_show_version", "GET", "v3", iam_discovery.version, true },
  { "iam_auth_catalog", "GET", "v3/auth/catalog", iam_discovery.catalog },
  { "iam_list_projects", "GET", "v3/projects", iam_projects.list },
  { "iam_auth_projects", "GET", "v3/auth/projects", iam_projects.of_holder },
  { "iam_auth_domains", "GET", "v3/auth/domains", iam_projects.domains },
  { "sts_caller_identity", "GET", "v5/caller-identity", iam_projects.caller_identity },
  { "iam_create_token", "POST", "v3/auth/tokens", iam_tokens.by_password, true },
  { "iam_id_token", "POST", "v3.0/OS-AUTH/id-token/tokens", iam_tokens.by_id_token, true },
  { "iam_security_token", "POST", "v3.0/OS-CREDENTIAL/securitytokens", iam_keys.by_token, true },
}

-- The Lua pattern for a path. Each {id} in the path becomes a capture.
local function pattern_of(path)
  return "^/" .. path:gsub("[%-.]", "%%%0"):gsub("{id}", "([^/]+)") .. (path == "" and "$" or "/?$")
end

local with_project, without_project = {}, {}

for _, row in ipairs(PROJECT) do
  local pattern = pattern_of("v3/{id}/" .. row[3]):gsub("%(%[^/%]%+%)", "([^/]*)", 1) -- the project id may be empty
  table.insert(with_project, { operation = row[1], method = row[2], pattern = pattern, handler = row[4],
    cloud = row[5], is_cbr = true })
end
table.insert(with_project, { operation = "echo", pattern = "^/v3/([^/]*)/echo", handler = echo })
for _, row in ipairs(ACCOUNT) do
  table.insert(without_project, { operation = row[1], method = row[2], pattern = pattern_of("v3/" .. row[3]),
    handler = row[4], cloud = HUAWEI, is_cbr = true })
end
for _, row in ipairs(IAM) do
  table.insert(without_project, { operation = row[1], method = row[2], pattern = pattern_of(row[3]), handler = row[4],
    open = row[5] })
end

local routes = {}

-- Finds the first route that matches. → the route, and the captures of the route's pattern
local function find(list, method, path)
  for _, route in ipairs(list) do
    if route.method == method or not route.method then
      local captures = { path:match(route.pattern) }
      if captures[1] then
        return route, captures
      end
    end
  end
end

--- → {operation, handler, open, cloud, is_cbr} and the ids in the path; or nil if there is no such call
function routes.find_without_project(method, path)
  return find(without_project, method, path)
end

--- → {operation, handler, cloud, is_cbr}, project id, the other ids in the path; or nil if there is no such call
function routes.find(method, path)
  local route, captures = find(with_project, method, path)
  if route then
    return route, table.remove(captures, 1), captures
  end
end

return routes
