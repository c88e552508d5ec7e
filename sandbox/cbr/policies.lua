-- luacheck: std ngx_lua+luajit
--- Policies say when a vault is backed up or replicated, and how long backups are kept. policy_bindings.lua applies
-- policies to vaults, and policy_runs.lua makes policies run.

local calls = require "sandbox.cbr.calls"
local clock = require "sandbox.clock"
local ids = require "sandbox.ids"
local json = require "sandbox.json"
local listing = require "sandbox.cbr.listing"
local policy_fields = require "sandbox.cbr.policy_fields"
local policy_runs = require "sandbox.cbr.policy_runs"
local responses = require "sandbox.gateway.responses"
local state = require "sandbox.state"

local policies = {}

local MAX_PER_TYPE = 32

-- The vaults that a policy is applied to, in the form that responses have.
local function associated(policy)
  local list = json.list()
  for _, vault in ipairs(state.vault_list) do
    local binding = vault.policies[policy.id]
    if binding then
      list[#list + 1] = { vault_id = vault.id, destination_vault_id = json.or_null(binding.destination_vault_id) }
    end
  end
  return list
end

--- A policy in the form that responses have.
function policies.view(policy)
  local project = state.projects[policy.project_id]
  local definition, vaults = policy_fields.view(policy.definition, policy.operation_type), associated(policy)
  if project.cloud == "huawei" then
    definition.created_by = "customer"
  end
  local is_copy = policy.operation_type == "replication"
  return {
    id = policy.id, name = policy.name, enabled = policy.enabled, operation_type = policy.operation_type,
    policy_type = project.cloud == "huawei" and is_copy and "custom_policy" or nil, -- a recording shows this value
    operation_definition = definition, associated_vaults = #vaults > 0 and vaults or json.null,
    trigger = {
      id = policy.trigger_id, name = "default", type = "time",
      properties = {
        pattern = policy_fields.patterns(policy.patterns),
        start_time = os.date("!%Y-%m-%d %H:%M:%S", math.floor(policy.created)),
      },
    },
  }
end

--- GET …/policies
policies.list = calls.with_query({
  operation_type = calls.set("backup", "replication"), vault_id = "text", limit = "limit", offset = "offset",
  marker = "text",
}, function(query, project)
  local vault, found = query.vault_id and state.vault(project, query.vault_id), {}
  for _, policy in ipairs(state.policies) do
    if policy.project_id == project.id
      and (not query.operation_type or policy.operation_type == query.operation_type)
      and (not query.vault_id or vault and vault.policies[policy.id]) then
      found[#found + 1] = policy
    end
  end
  return listing.respond("policies", found, query, policies.view)
end)

local function count_of(project, operation_type)
  local count = 0
  for _, policy in ipairs(state.policies) do
    if policy.project_id == project.id and policy.operation_type == operation_type then
      count = count + 1
    end
  end
  return count
end

--- Adds a policy. `params`: as in the body of create_policy.
function policies.add(params, project)
  local policy = {
    id = ids.uuid(), trigger_id = ids.uuid(), project_id = project.id, name = params.name,
    enabled = params.enabled ~= false, operation_type = params.operation_type, created = clock.now(),
    definition = params.operation_definition, patterns = params.trigger.properties.pattern,
  }
  state.policies[#state.policies + 1] = policy
  policy_runs.plan(policy)
  return policy
end

--- POST …/policies
policies.create = calls.with_body([[
  policy!
    enabled boolean
    name! name
    operation_type! backup|replication
    operation_definition!
]] .. policy_fields.definition(6) .. [[
    trigger!
]] .. policy_fields.trigger(6), function(body, project)
  local params = body.policy
  local problem = policy_fields.problem_with(params.operation_definition, params.trigger.properties.pattern,
    params.operation_type)
  if problem then
    return responses.reject("BackupService.9900", problem)
  elseif count_of(project, params.operation_type) >= MAX_PER_TYPE then
    return responses.reject "BackupService.6001"
  end
  return responses.ok { policy = policies.view(policies.add(params, project)) }
end)

--- GET …/policies/{policy_id}
function policies.show(_, project, id)
  local policy = state.find(state.policies, project, id)
  if not policy then
    return responses.reject "BackupService.6000"
  end
  return responses.ok { policy = policies.view(policy) }
end

-- A replication policy that is applied to vaults cannot get another destination.
local function changes_destination(policy, definition)
  return definition and #associated(policy) > 0 and (
    (definition.destination_region or policy.definition.destination_region) ~= policy.definition.destination_region
    or (definition.destination_project_id or policy.definition.destination_project_id)
      ~= policy.definition.destination_project_id)
end

--- PUT …/policies/{policy_id}. A definition in the body replaces the former definition, except for its destination.
policies.update = calls.with_body([[
  policy!
    enabled boolean
    name name
    operation_definition
]] .. policy_fields.definition(6) .. [[
    trigger
]] .. policy_fields.trigger(6), function(body, project, id)
  local policy, params = state.find(state.policies, project, id), body.policy
  if not policy then
    return responses.reject "BackupService.6000"
  end
  local definition, patterns = params.operation_definition, params.trigger and params.trigger.properties.pattern
  if changes_destination(policy, definition) then
    return responses.reject "BackupService.6003"
  end
  for _, name in ipairs { "destination_region", "destination_project_id" } do
    if definition then
      definition[name] = definition[name] or policy.definition[name]
    end
  end
  local problem = policy_fields.problem_with(definition, patterns, policy.operation_type)
  if problem then
    return responses.reject("BackupService.9900", problem)
  end
  if params.enabled ~= nil then
    policy.enabled = params.enabled
  end
  policy.name, policy.definition = params.name or policy.name, definition or policy.definition
  policy.patterns = patterns or policy.patterns
  policy_runs.plan(policy)
  return responses.ok { policy = policies.view(policy) }
end)

--- Removes a policy, also from the vaults that it is applied to.
function policies.remove(policy)
  for _, vault in ipairs(state.vault_list) do vault.policies[policy.id] = nil end
  for i, other in ipairs(state.policies) do
    if other == policy then
      table.remove(state.policies, i)
      return
    end
  end
end

--- DELETE …/policies/{policy_id}
function policies.delete(_, project, id)
  local policy = state.find(state.policies, project, id)
  if not policy then
    return responses.reject "BackupService.6000"
  end
  policies.remove(policy)
  return calls.no_content()
end

return policies
