-- luacheck: std ngx_lua+luajit
--- The orders replicate, copy_backup and sync: their parameters, the reasons to reject an order, and
-- the tasks that an order starts.

local calls = require "sandbox.cbr.calls"
local json = require "sandbox.json"
local ledger = require "sandbox.ledger"
local quirks = require "sandbox.faults.quirks"
local replication = require "sandbox.cbr.replication"
local responses = require "sandbox.gateway.responses"
local state = require "sandbox.state"
local tasks = require "sandbox.cbr.tasks"

local orders = {}

local function replicates_to(project, destination)
  for _, region in ipairs(state.destinations(project)) do
    if region == destination then
      return true
    end
  end
  return false
end

-- → an error code, or nil if the vault can be replicated
local function source_rejection(vault)
  if not vault then
    return "BackupService.6105"
  end
  if vault.status ~= "available" then
    return "BackupService.6112"
  end
  if tasks.busy("replication", vault.id) then
    return "BackupService.6130"
  end
  if vault.object_type == "workspace" then
    return "BackupService.6122"
  end
  if vault.protect_type == "replication" or vault.object_type == "disk" then
    return "BackupService.6128"
  end
end

-- → an error code, perhaps with a detail; or nil if the destination is right
local function destination_rejection(source, project, params)
  if not replicates_to(project, params.destination_region) then
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

-- Chooses the backups that a replication of the vault copies. A backup must be available, must not be a
-- replica itself, and must be neither in the region nor being copied there. A server backup must contain the system
-- disk.
-- → the backups to copy; how many other backups are in the region or being copied there; megabytes to copy
local function choose(vault, region)
  local chosen, there, megabytes = {}, 0, 0
  for _, backup in ipairs(state.backups_of[vault.id]) do
    local complete = vault.object_type ~= "server" or backup.contain_system_disk
    if backup.status == "available" and backup.image_type == "backup" and complete then
      if replication.is_there(backup, region, true) then
        there = there + 1
      else
        chosen[#chosen + 1] = backup
        megabytes = megabytes + backup.size * 1024
      end
    end
  end
  return chosen, there, megabytes
end

local function has_room(vault, megabytes)
  return vault.auto_expand or vault.used + replication.expected(vault.id) + megabytes <= vault.size * 1024
end

-- Whether a vault has been replicated to a region before, if the quirk vault_once_per_region allows this only once.
local function was_replicated(vault, region)
  if not quirks.get "vault_once_per_region" then
    return false
  end
  for _, task in ipairs(state.task_list) do
    if task.kind == "replication" and task.vault_id == vault.id and task.destination_region == region
      and not task.of_one_backup and not task.policy_id then
      return true
    end
  end
  return false
end

-- → an error code, perhaps with a detail; or nil if the vault can be replicated with these parameters
local function problem_of(vault, project, params)
  local code, detail = source_rejection(vault)
  if not code then
    code, detail = destination_rejection(vault, project, params)
  end
  if not code and was_replicated(vault, params.destination_region) and not params.policy_id then
    code, detail = "BackupService.1009", "the vault was already replicated to this region"
  end
  return code, detail
end

local function start(backup, project, params)
  return replication.start(backup, {
    request_id = responses.request_id(), project = project, auto_trigger = params.auto_trigger or false,
    destination_project_id = params.destination_project_id, destination_region = params.destination_region,
    destination_vault_id = params.destination_vault_id, policy_id = params.policy_id, name = params.name,
    description = params.description, of_one_backup = params.backup_id ~= nil,
  })
end

--- Replicates a vault, for a call or for a policy. `params`: the parameters of the call's body, and policy_id.
-- → the tasks, or nil, an error code and a detail
function orders.replicate_vault(vault, project, params)
  local code, detail = problem_of(vault, project, params)
  if code then
    return nil, code, detail
  end
  local chosen, there, megabytes = choose(vault, params.destination_region)
  if #chosen == 0 then
    return nil, there > 0 and "BackupService.1009" or "BackupService.0001"
  elseif not has_room(state.vaults[params.destination_vault_id], megabytes) then
    return nil, "BackupService.6129"
  end
  local started = {}
  for i, backup in ipairs(chosen) do started[i] = start(backup, project, params) end
  return started
end

-- enable_acceleration is an invalid key for accounts that may not use it.
local function has_invalid_key(params, project)
  return params.enable_acceleration ~= nil and project.acceleration == false
end

--- POST …/checkpoints/replicate
orders.replicate = calls.with_body([[
  replicate!
    vault_id! uuid
    destination_project_id! project
    destination_region! region
    destination_vault_id! uuid
    auto_trigger boolean
    enable_acceleration boolean
    cross_account_urn text 0..255
]], function(body, project)
  local params = body.replicate
  if has_invalid_key(params, project) then
    return responses.reject("BackupService.9900", "invalid key enable_acceleration")
  end
  local vault = state.vault(project, params.vault_id)
  local started, code, detail = orders.replicate_vault(vault, project, params)
  if not started then
    return responses.reject(code, detail)
  end
  local backups, made = json.list(), json.list()
  for i, task in ipairs(started) do
    backups[i] = { backup_id = task.backup.id, replication_record_id = task.record_id }
    made[i] = { backup_id = task.backup.id, replication_record_id = task.record_id, operation_log_id = task.id }
  end
  ledger.add {
    operation = "replicate", project = project, vault_id = vault.id, made = made, request_id = responses.request_id(),
  }
  return responses.ok {
    replication = {
      backups = backups, vault_id = vault.id, project_id = project.id, provider_id = vault.provider_id,
      source_region = project.region, destination_region = params.destination_region,
      destination_project_id = params.destination_project_id, destination_vault_id = params.destination_vault_id,
    },
  }
end)

-- → an error code, perhaps with a detail; or nil if this backup can be replicated
local function problem_of_backup(backup, vault, region)
  if backup.image_type ~= "backup" then
    return "BackupService.1002"
  elseif backup.status ~= "available" then
    return "BackupService.1001"
  elseif vault.object_type == "workspace" then
    return "BackupService.6122"
  elseif vault.protect_type == "replication" or vault.object_type == "disk" then
    return "BackupService.6128"
  elseif vault.object_type == "server" and not backup.contain_system_disk then
    return "BackupService.1004"
  elseif replication.is_there(backup, region) and not quirks.get "accepts_duplicates" then
    return "BackupService.1009"
  end
end

--- POST …/backups/{backup_id}/replicate. The order may be placed again after the replica was deleted.
orders.copy_backup = calls.with_body([[
  replicate!
    destination_project_id! project
    destination_region! region
    destination_vault_id! id
    name name
    description description
    enable_acceleration boolean
    cross_account_urn text 0..255
]], function(body, project, id)
  local params, backup = body.replicate, state.backup(project, id)
  if has_invalid_key(params, project) then
    return responses.reject("BackupService.9900", "invalid key enable_acceleration")
  elseif not backup then
    return responses.reject "BackupService.6200"
  end
  local vault = state.vaults[backup.vault_id]
  local code, detail = problem_of_backup(backup, vault, params.destination_region)
  if not code then
    code, detail = destination_rejection(vault, project, params)
  end
  if not code and not has_room(state.vaults[params.destination_vault_id], backup.size * 1024) then
    code = "BackupService.6129"
  end
  if code then
    return responses.reject(code, detail)
  end
  params.backup_id = id
  local task = start(backup, project, params)
  ledger.add {
    operation = "copy_backup", project = project, vault_id = vault.id, request_id = responses.request_id(),
    made = json.list {
      { backup_id = id, replication_record_id = task.record_id, operation_log_id = task.id },
    },
  }
  return responses.ok {
    replication = {
      backup_id = id, replication_record_id = task.record_id, project_id = project.id,
      provider_id = backup.provider_id, source_region = project.region, destination_region = params.destination_region,
      destination_project_id = params.destination_project_id, destination_vault_id = params.destination_vault_id,
    },
  }
end)

--- POST …/checkpoints/sync
orders.sync = calls.with_body([[
  sync!
    vault_id! uuid
    auto_trigger! boolean
]], function(body, project)
  local params = body.sync
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
  if tasks.busy("sync", vault.id) then
    return responses.reject "BackupService.7302"
  end
  if vault.syncs_only_empty and #state.backups_of[vault.id] > 0 then
    return responses.reject "BackupService.7301"
  end

  local task = replication.start_sync(vault, {
    request_id = responses.request_id(), project = project, auto_trigger = params.auto_trigger,
  })
  ledger.add {
    operation = "sync", project = project, vault_id = vault.id, made = json.list { { operation_log_id = task.id } },
    request_id = responses.request_id(),
  }
  return responses.ok { sync = { operation_log_id = task.id, vault_id = vault.id } }
end)

return orders
