-- luacheck: std ngx_lua+luajit
--- Organization policies. They belong to an account. Each organization policy gives a policy to each of the account's
-- projects in the region.

local calls = require "sandbox.cbr.calls"
local fixtures = require "sandbox.fixtures"
local ids = require "sandbox.ids"
local listing = require "sandbox.cbr.listing"
local policies = require "sandbox.cbr.policies"
local policy_fields = require "sandbox.cbr.policy_fields"
local policy_runs = require "sandbox.cbr.policy_runs"
local responses = require "sandbox.gateway.responses"
local state = require "sandbox.state"

local organization_policies = {}

local function view(policy)
  local account = fixtures.accounts[policy.account]
  return {
    id = policy.id, name = policy.name, description = policy.description, operation_type = policy.operation_type,
    domain_id = account.id, domain_name = account.name, effective_scope = policy.effective_scope,
    policy_name = policy.policy_name, policy_enabled = policy.policy_enabled, status = "available",
    policy_operation_definition = policy_fields.view(policy.policy_operation_definition, policy.operation_type),
    policy_trigger = {
      properties = { pattern = policy_fields.patterns(policy.policy_trigger.properties.pattern) },
    },
  }
end

-- Finds an organization policy. → the policy and its position in the list; nil if the account has no such policy
local function find(project, id)
  for i, policy in ipairs(state.organization_policies) do
    if policy.account == project.account and policy.id == id then
      return policy, i
    end
  end
end

-- The projects that get a policy from an organization policy: the account's projects in the region.
local function projects_of(project)
  local found = {}
  for _, other in ipairs(state.projects_of(project.account)) do
    if other.region == project.region and other.cloud == project.cloud then
      found[#found + 1] = other
    end
  end
  return found
end

local SHARED_FIELDS = {
  "name", "description", "effective_scope", "policy_name", "policy_enabled", "policy_operation_definition",
  "policy_trigger",
}

-- Copies the present values of an organization policy to the policies of the account's projects.
local function deploy(policy)
  for _, deployed in ipairs(policy.deployed) do
    deployed.name, deployed.enabled = policy.policy_name, policy.policy_enabled
    deployed.definition = policy.policy_operation_definition
    deployed.patterns = policy.policy_trigger.properties.pattern
    policy_runs.plan(deployed)
  end
end

--- GET …/organization-policies
organization_policies.list = calls.with_query({
  operation_type = calls.set("backup", "replication"), limit = "limit", offset = "offset",
}, function(query, project)
  if not query.operation_type then
    return responses.reject("BackupService.9900", "'operation_type' is a required property")
  end
  local found = {}
  for _, policy in ipairs(state.organization_policies) do
    if policy.account == project.account and policy.operation_type == query.operation_type then
      found[#found + 1] = policy
    end
  end
  return listing.respond("policies", found, query, view)
end)

--- POST …/organization-policies
organization_policies.create = calls.with_body([[
  policy!
    description description
    effective_scope text 0..255
    name! text 1..64
    operation_type! backup|replication
    policy_enabled! boolean
    policy_name! text 1..64
    policy_operation_definition!
]] .. policy_fields.definition(6) .. [[
    policy_trigger!
]] .. policy_fields.trigger(6), function(body, project)
  local params = body.policy
  local patterns = params.policy_trigger.properties.pattern
  local problem = policy_fields.problem_with(params.policy_operation_definition, patterns, params.operation_type)
  if problem then
    return responses.reject("BackupService.9900", problem)
  end
  local policy = { id = ids.uuid(), account = project.account, operation_type = params.operation_type, deployed = {} }
  for _, field in ipairs(SHARED_FIELDS) do policy[field] = params[field] end
  policy.description, policy.effective_scope = params.description or "", params.effective_scope or ""
  for i, other in ipairs(projects_of(project)) do
    policy.deployed[i] = policies.add({
      name = params.policy_name, enabled = params.policy_enabled, operation_type = params.operation_type,
      operation_definition = params.policy_operation_definition, trigger = params.policy_trigger,
    }, other)
  end
  table.insert(state.organization_policies, policy)
  return responses.ok { policy = view(policy) }
end)

--- GET …/organization-policies/{organization_policy_id}
function organization_policies.show(_, project, id)
  local policy = find(project, id)
  return policy and responses.ok { policy = view(policy) } or responses.reject "BackupService.6000"
end

--- PUT …/organization-policies/{organization_policy_id}
organization_policies.update = calls.with_body([[
  policy!
    description description
    effective_scope text 0..255
    name text 1..64
    policy_enabled boolean
    policy_name text 1..64
    policy_operation_definition
]] .. policy_fields.definition(6) .. [[
    policy_trigger
]] .. policy_fields.trigger(6), function(body, project, id)
  local policy, params = find(project, id), body.policy
  if not policy then
    return responses.reject "BackupService.6000"
  end
  local problem = policy_fields.problem_with(params.policy_operation_definition,
    params.policy_trigger and params.policy_trigger.properties.pattern, policy.operation_type)
  if problem then
    return responses.reject("BackupService.9900", problem)
  end
  for _, field in ipairs(SHARED_FIELDS) do
    if params[field] ~= nil then
      policy[field] = params[field]
    end
  end
  deploy(policy)
  return responses.ok { policy = view(policy) }
end)

--- DELETE …/organization-policies/{organization_policy_id}. This call deletes the policies of the projects too.
function organization_policies.delete(_, project, id)
  local policy, position = find(project, id)
  if not policy then
    return responses.reject "BackupService.6000"
  end
  for _, deployed in ipairs(policy.deployed) do policies.remove(deployed) end
  table.remove(state.organization_policies, position)
  return calls.no_content()
end

--- GET …/organization-policies/{organization_policy_id}/policy-detail: the policies of the projects.
organization_policies.detail = calls.with_query({ limit = "limit", offset = "offset" }, function(query, project, id)
  local policy = find(project, id)
  if not policy then
    return responses.reject "BackupService.6000"
  end
  return listing.respond("policies", policy.deployed, query, function(deployed)
    return {
      policy_id = deployed.id, project_id = deployed.project_id, status = "success",
      domain_id = fixtures.accounts[policy.account].id,
    }
  end)
end)

return organization_policies
