-- luacheck: std ngx_lua+luajit
--- The two orders, replicate and sync: their parameters, when the service rejects them, and the tasks they start.

local fixtures = require "sandbox.fixtures"
local json = require "sandbox.json"
local ledger = require "sandbox.ledger"
local parameters = require "sandbox.parameters"
local replication = require "sandbox.replication"
local responses = require "sandbox.responses"
local state = require "sandbox.state"

local orders = {}

local REPLICATE = {
  vault_id = { "uuid", mandatory = true },
  destination_project_id = { "project", mandatory = true },
  destination_region = { "region", mandatory = true },
  destination_vault_id = { "uuid", mandatory = true },
  auto_trigger = { "boolean" },
  enable_acceleration = { "boolean" },
  cross_account_urn = { "text" },
}

local SYNC = {
  vault_id = { "uuid", mandatory = true },
  auto_trigger = { "boolean", mandatory = true },
}

local function replicates_to(source_region, destination_region)
  for _, row in ipairs(fixtures.capabilities) do
    if row.region == source_region then
      for _, region in ipairs(row.destinations) do
        if region == destination_region then
          return true
        end
      end
    end
  end
  return false
end

-- → a code, or nil if the vault can be replicated
local function source_rejection(vault)
  if not vault then
    return "BackupService.6105"
  end
  if vault.status ~= "available" then
    return "BackupService.6112"
  end
  if replication.busy("replication", vault.id) then
    return "BackupService.6130"
  end
  if vault.object_type == "workspace" then
    return "BackupService.6122"
  end
  if vault.protect_type == "replication" or vault.object_type == "disk" then
    return "BackupService.6128"
  end
end

-- → a code, perhaps with a detail; or nil if the destination is right
local function destination_rejection(source, project, params)
  if not replicates_to(project.region, params.destination_region) then
    return "BackupService.1005"
  end
  local target = state.projects[params.destination_project_id]
  if not target or target.region ~= params.destination_region or target.accepts_replicas == false
    or (target.account ~= project.account and not params.cross_account_urn) then
    return "BackupService.1011"
  end
  local vault = state.vault(target, params.destination_vault_id)
  if not vault then
    return "BackupService.6120"
  end
  if vault.protect_type ~= "replication" then
    return "BackupService.6119"
  end
  if vault.status ~= "available" then
    return "BackupService.6112", "the destination vault is " .. vault.status
  end
  if vault.object_type ~= source.object_type then
    return "BackupService.6102"
  end
end

-- Chooses the backups that a replication of the vault copies. A backup must be available and not a replica itself; a
-- server backup must contain the system disk; and it must be neither in the region nor being copied there.
-- → the backups, how many are in the region or being copied there, megabytes to copy
local function choose(vault, region)
  local chosen, there, megabytes = {}, 0, 0
  for _, backup in ipairs(state.backups_of[vault.id]) do
    local complete = vault.object_type ~= "server" or backup.contain_system_disk
    if backup.status == "available" and backup.image_type == "backup" and complete then
      if replication.is_there(backup, region) then
        there = there + 1
      else
        chosen[#chosen + 1] = backup
        megabytes = megabytes + backup.size * 1024
      end
    end
  end
  return chosen, there, megabytes
end

local function fits(vault, megabytes)
  return vault.used + replication.expected(vault.id) + megabytes <= vault.size * 1024
end

--- POST …/checkpoints/replicate
function orders.replicate(request, project)
  local params, problem = parameters.body(request.body, "replicate", REPLICATE)
  if not params then
    return responses.reject("BackupService.9900", problem)
  end
  if params.enable_acceleration ~= nil and project.acceleration == false then
    return responses.reject("BackupService.9900", "invalid key enable_acceleration")
  end
  local vault = state.vault(project, params.vault_id)
  local code, detail = source_rejection(vault)
  if not code then
    code, detail = destination_rejection(vault, project, params)
  end
  if code then
    return responses.reject(code, detail)
  end

  local chosen, there, megabytes = choose(vault, params.destination_region)
  if #chosen == 0 then
    return responses.reject(there > 0 and "BackupService.1009" or "BackupService.0001")
  end
  local destination = state.vaults[params.destination_vault_id]
  if not fits(destination, megabytes) then
    return responses.reject "BackupService.6129"
  end

  local backups = json.list()
  local made = json.list()
  for i, backup in ipairs(chosen) do
    local task = replication.start(backup, {
      request_id = responses.request_id(), project = project, auto_trigger = params.auto_trigger or false,
      destination_project_id = params.destination_project_id, destination_region = params.destination_region,
      destination_vault_id = params.destination_vault_id,
    })
    backups[i] = { backup_id = backup.id, replication_record_id = task.record_id }
    made[i] = { backup_id = backup.id, replication_record_id = task.record_id, operation_log_id = task.id }
  end
  ledger.add({
    operation = "replicate", project = project, vault_id = vault.id, made = made, request_id = responses.request_id(),
  }, request)
  return responses.ok {
    replication = {
      backups = backups, vault_id = vault.id, project_id = project.id, provider_id = vault.provider_id,
      source_region = project.region, destination_region = params.destination_region,
      destination_project_id = params.destination_project_id, destination_vault_id = params.destination_vault_id,
    },
  }
end

--- POST …/checkpoints/sync
function orders.sync(request, project)
  local params, problem = parameters.body(request.body, "sync", SYNC)
  if not params then
    return responses.reject("BackupService.9900", problem)
  end
  local vault = state.vault(project, params.vault_id)
  if not vault then
    return responses.reject "BackupService.6105"
  end
  if vault.cloud_type ~= "hybrid" then
    return responses.reject "BackupService.7300"
  end
  if vault.status ~= "available" then
    return responses.reject "BackupService.6112"
  end
  if replication.busy("sync", vault.id) then
    return responses.reject "BackupService.7302"
  end
  if vault.syncs_only_empty and #state.backups_of[vault.id] > 0 then
    return responses.reject "BackupService.7301"
  end

  local task = replication.start_sync(vault, {
    request_id = responses.request_id(), project = project, auto_trigger = params.auto_trigger,
  })
  ledger.add({
    operation = "sync", project = project, vault_id = vault.id, made = json.list { { operation_log_id = task.id } },
    request_id = responses.request_id(),
  }, request)
  return responses.ok { sync = { operation_log_id = task.id, vault_id = vault.id } }
end

return orders
