--- Operations on policies of an organization. Such a policy is deployed to the accounts of the organization.

local nested = require "cbr.operations.nested"
local rules = require "cbr.operations.rules"

local operations = {}

local POLICY_ID = rules.text "organization_policy_id"
local EFFECTIVE_SCOPE = { name = "effective_scope", type = "string", max = 255 }
local DESCRIPTION = { name = "description", type = "string", max = 255 }

operations.list_organization_policies = {
  method = "GET",
  path = "/v3/{project_id}/organization-policies",
  list = "policies",
  params = { rules.the_operation_type, rules.limit, rules.offset },
}

operations.create_organization_policy = {
  method = "POST",
  path = "/v3/{project_id}/organization-policies",
  wrap = "policy",
  unwrap = "policy",
  params = {
    { name = "name", type = "string", required = true, min = 1, max = 64 },
    DESCRIPTION,
    rules.the_operation_type,
    { name = "policy_name", type = "string", required = true, min = 1, max = 64 },
    { name = "policy_enabled", type = "boolean", required = true },
    {
      name = "policy_operation_definition", type = "table", required = true, fields = nested.operation_definition,
    },
    { name = "policy_trigger", type = "table", fields = nested.trigger, required = true },
    EFFECTIVE_SCOPE,
  },
}

operations.delete_organization_policy = {
  method = "DELETE",
  path = "/v3/{project_id}/organization-policies/{organization_policy_id}",
  params = { POLICY_ID },
}

operations.show_organization_policy = {
  method = "GET",
  path = "/v3/{project_id}/organization-policies/{organization_policy_id}",
  unwrap = "policy",
  params = { POLICY_ID },
}

operations.update_organization_policy = {
  method = "PUT",
  path = "/v3/{project_id}/organization-policies/{organization_policy_id}",
  wrap = "policy",
  unwrap = "policy",
  params = {
    POLICY_ID,
    { name = "name", type = "string", min = 1, max = 64 },
    DESCRIPTION,
    { name = "policy_name", type = "string", min = 1, max = 64 },
    { name = "policy_enabled", type = "boolean" },
    { name = "policy_operation_definition", type = "table", fields = nested.operation_definition },
    { name = "policy_trigger", type = "table", fields = nested.trigger },
    EFFECTIVE_SCOPE,
  },
}

operations.list_organization_policy_detail = {
  method = "GET",
  path = "/v3/{project_id}/organization-policies/{organization_policy_id}/policy-detail",
  list = "policies",
  params = { POLICY_ID },
}

return operations
