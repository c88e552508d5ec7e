-- luacheck: std ngx_lua+luajit
--- The two orders, replicate and sync: what they ask, when the service refuses, what they set going.

local answers = require "sandbox.responses"
local json = require "sandbox.json"
local ledger = require "sandbox.ledger"
local parameters = require "sandbox.parameters"
local replication = require "sandbox.replication"
local state = require "sandbox.state"
local world = require "sandbox.fixtures"

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
  for _, row in ipairs(world.capabilities) do
    if row.region == source_region then
      for _, region in ipairs(row.destinations) do
        if region == destination_region then return true end
      end
    end
  end
  return false
end

local function source_refusal(vault)
  if not vault then return "BackupService.6105" end
  if vault.status ~= "available" then return "BackupService.6112" end
  if replication.busy("replication", vault.id) then return "BackupService.6130" end
  if vault.object_type == "workspace" then return "BackupService.6122" end
  if vault.protect_type == "replication" or vault.object_type == "disk" then return "BackupService.6128" end
end

local function destination_refusal(source, project, wanted)
  if not replicates_to(project.region, wanted.destination_region) then return "BackupService.1005" end
  local target_project = state.projects[wanted.destination_project_id]
  if not target_project or target_project.region ~= wanted.destination_region or target_project.takes_replicas == false
    or (target_project.account ~= project.account and not wanted.cross_account_urn) then
    return "BackupService.1011"
  end
  local vault = state.vault(target_project, wanted.destination_vault_id)
  if not vault then return "BackupService.6120" end
  if vault.protect_type ~= "replication" then return "BackupService.6119" end
  if vault.status ~= "available" then return "BackupService.6112", "the destination vault is " .. vault.status end
  if vault.object_type ~= source.object_type then return "BackupService.6102" end
end

-- Which backups a vault replication takes: complete ones made here, of servers only with the system disk,
-- and none that the region has or is getting.
local function choose(vault, region)
  local chosen, there, size = {}, 0, 0
  for _, backup in ipairs(state.backups_of[vault.id]) do
    local complete = vault.object_type ~= "server" or backup.contain_system_disk
    if backup.status == "available" and backup.image_type == "backup" and complete then
      if replication.is_there(backup, region) then
        there = there + 1
      else
        chosen[#chosen + 1] = backup
        size = size + backup.size * 1024
      end
    end
  end
  return chosen, there, size
end

local function fits(vault, megabytes)
  return vault.used + replication.expected(vault.id) + megabytes <= vault.size * 1024
end

--- POST …/checkpoints/replicate
function orders.replicate(request, project)
  local wanted, problem = parameters.body(request.body, "replicate", REPLICATE)
  if not wanted then return answers.refuse("BackupService.9900", problem) end
  if wanted.enable_acceleration ~= nil and project.acceleration == false then
    return answers.refuse("BackupService.9900", "invalid key enable_acceleration")
  end
  local vault = state.vault(project, wanted.vault_id)
  local code, detail = source_refusal(vault)
  if not code then code, detail = destination_refusal(vault, project, wanted) end
  if code then return answers.refuse(code, detail) end

  local chosen, there, size = choose(vault, wanted.destination_region)
  if #chosen == 0 then return answers.refuse(there > 0 and "BackupService.1009" or "BackupService.0001") end
  if not fits(state.vaults[wanted.destination_vault_id], size) then return answers.refuse "BackupService.6129" end

  local backups = json.list()
  local made = json.list()
  for i, backup in ipairs(chosen) do
    local operation = replication.start(backup, {
      request_id = answers.request_id(), project = project, auto_trigger = wanted.auto_trigger or false,
      destination_project_id = wanted.destination_project_id, destination_region = wanted.destination_region,
      destination_vault_id = wanted.destination_vault_id,
    })
    backups[i] = { backup_id = backup.id, replication_record_id = operation.record_id }
    made[i] = { backup_id = backup.id, replication_record_id = operation.record_id, operation_log_id = operation.id }
  end
  ledger.order("replicate", request, project, wanted.vault_id, made, answers.request_id())
  return answers.ok {
    replication = {
      backups = backups, vault_id = vault.id, project_id = project.id, provider_id = vault.provider_id,
      source_region = project.region, destination_region = wanted.destination_region,
      destination_project_id = wanted.destination_project_id, destination_vault_id = wanted.destination_vault_id,
    },
  }
end

--- POST …/checkpoints/sync
function orders.sync(request, project)
  local wanted, problem = parameters.body(request.body, "sync", SYNC)
  if not wanted then return answers.refuse("BackupService.9900", problem) end
  local vault = state.vault(project, wanted.vault_id)
  if not vault then return answers.refuse "BackupService.6105" end
  if vault.cloud_type ~= "hybrid" then return answers.refuse "BackupService.7300" end
  if vault.status ~= "available" then return answers.refuse "BackupService.6112" end
  if replication.busy("sync", vault.id) then return answers.refuse "BackupService.7302" end
  if vault.syncs_only_empty and #state.backups_of[vault.id] > 0 then return answers.refuse "BackupService.7301" end

  local operation = replication.start_sync(vault, {
    request_id = answers.request_id(), project = project, auto_trigger = wanted.auto_trigger,
  })
  ledger.order("sync", request, project, wanted.vault_id, json.list { { operation_log_id = operation.id } },
    answers.request_id())
  return answers.ok { sync = { operation_log_id = operation.id, vault_id = vault.id } }
end

return orders
