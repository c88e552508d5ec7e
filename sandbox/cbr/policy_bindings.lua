-- luacheck: std ngx_lua+luajit
--- Which policies are applied to a vault: at most one of each type.

local calls = require "sandbox.cbr.calls"
local responses = require "sandbox.gateway.responses"
local state = require "sandbox.state"

local policy_bindings = {}

--- Applies a policy to a vault, and removes the vault's policy of the same type.
function policy_bindings.bind(vault, policy, destination_vault_id)
  for _, other in ipairs(state.policies) do
    if other.operation_type == policy.operation_type then
      vault.policies[other.id] = nil
    end
  end
  vault.policies[policy.id] = { destination_vault_id = destination_vault_id }
end

-- → an error code, or nil if the replication policy can copy to this destination vault
local function problem_of_destination(vault, policy, destination_vault_id)
  local target = state.vaults[destination_vault_id or ""]
  if not target or target.project_id ~= policy.definition.destination_project_id then
    return "BackupService.6120"
  elseif target.protect_type ~= "replication" then
    return "BackupService.6119"
  elseif target.object_type ~= vault.object_type then
    return "BackupService.6102"
  end
end

-- → an error code, or nil if the policy can be applied to the vault
local function problem_of(vault, policy, destination_vault_id)
  if not vault then
    return "BackupService.6105"
  elseif not policy then
    return "BackupService.6000"
  elseif vault.status ~= "available" then
    return "BackupService.6112"
  elseif vault.protect_type == "replication" then
    return "BackupService.6127"
  elseif policy.operation_type == "backup" then
    return vault.protect_type == "hybrid" and "BackupService.6136" or nil
  elseif vault.object_type == "disk" then
    return "BackupService.6128"
  end
  return problem_of_destination(vault, policy, destination_vault_id)
end

--- POST …/vaults/{vault_id}/associatepolicy
policy_bindings.associate = calls.with_body([[
  policy_id id
  add_policy_ids [id]
  destination_vault_id id
]], function(body, project, id)
  local vault = state.vault(project, id)
  local wanted = body.add_policy_ids or { body.policy_id }
  if #wanted == 0 then
    return responses.reject("BackupService.9900", "'policy_id' is a required property")
  end
  for _, policy_id in ipairs(wanted) do
    local policy = state.find(state.policies, project, policy_id)
    local code = problem_of(vault, policy, body.destination_vault_id)
    if code then
      return responses.reject(code)
    end
  end
  for _, policy_id in ipairs(wanted) do
    policy_bindings.bind(vault, state.find(state.policies, project, policy_id), body.destination_vault_id)
  end
  return responses.ok {
    associate_policy = { vault_id = id, policy_id = wanted[1], destination_vault_id = body.destination_vault_id },
  }
end)

--- POST …/vaults/{vault_id}/dissociatepolicy
policy_bindings.disassociate = calls.with_body([[
  policy_id! id
]], function(body, project, id)
  local vault = state.vault(project, id)
  if not vault then
    return responses.reject "BackupService.6105"
  end
  local binding = vault.policies[body.policy_id]
  if not binding then
    return responses.reject "BackupService.6002"
  end
  vault.policies[body.policy_id] = nil
  return responses.ok {
    dissociate_policy = {
      vault_id = id, policy_id = body.policy_id, destination_vault_id = binding.destination_vault_id,
    },
  }
end)

return policy_bindings
