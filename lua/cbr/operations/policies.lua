--- Operations on policies. A policy says when a vault is backed up or replicated, and how long backups are kept.

local nested = require "cbr.operations.nested"
local rules = require "cbr.operations.rules"

local operations = {}

operations.list_policies = {
  method = "GET",
  path = "/v3/{project_id}/policies",
  list = "policies",
  params = { rules.operation_type, rules.vault_id },
}

operations.create_policy = {
  method = "POST",
  path = "/v3/{project_id}/policies",
  wrap = "policy",
  unwrap = "policy",
  params = {
    { name = "enabled", type = "boolean", service_default = true },
    rules.the_name,
    { name = "operation_definition", type = "table", fields = nested.operation_definition, required = true },
    rules.the_operation_type,
    { name = "trigger", type = "table", fields = nested.trigger, required = true },
  },
}

operations.delete_policy = {
  method = "DELETE",
  path = "/v3/{project_id}/policies/{policy_id}",
  params = { rules.policy_id },
}

operations.show_policy = {
  method = "GET",
  path = "/v3/{project_id}/policies/{policy_id}",
  unwrap = "policy",
  same_id = "policy_id",
  params = { rules.policy_id },
}

operations.update_policy = {
  method = "PUT",
  path = "/v3/{project_id}/policies/{policy_id}",
  idempotent = true,
  wrap = "policy",
  unwrap = "policy",
  same_id = "policy_id",
  params = {
    rules.policy_id,
    { name = "enabled", type = "boolean", service_default = true },
    rules.name,
    { name = "operation_definition", type = "table", fields = nested.operation_definition },
    { name = "trigger", type = "table", fields = nested.trigger },
  },
}

return operations
