--- Decides which vaults and backups can be copied to another region.
--
-- Source: the error codes 1003, 1004, 1013, 6122 and 6128 of the API reference, and the pages on replication.

local fields = require "cbr.objects.fields"
local status = require "cbr.objects.status"
local tables = require "cbr.util.tables"
local text = require "cbr.util.text"

local replicable = {}

--- Reason of `of_vault` or `of_backup` -> a text that explains the reason.
---@type table<string, string>
replicable.words = {
  vault_type = "vaults of this type cannot be replicated",
  not_an_ecs = "only backups of cloud servers (ECS) can be replicated from a server vault",
  no_system_disk = "the backup has no system disk",
  needs_method_vault = "a hybrid vault can only be replicated as a whole: method = \"vault\"",
}

-- Object type of a vault -> code with which the service rejects its replication.
local TYPES = {
  disk = "BackupService.6128", workspace = "BackupService.6122", rds = "BackupService.6122",
  file = "BackupService.6122",
}

local SERVER = "OS::Nova::Server"

local function lacks_system_disk(backup)
  return backup.resource_type == SERVER and tables.of(backup.extend_info).contain_system_disk == false
end

--- Returns why no backup of a vault can be copied.
---@param billing { object_type?: string, protect_type?: string, cloud_type?: string } fields of the vault's `billing`
---@param method? "backup"|"vault" nil: either method
---@return string? reason nil: no field of the vault rules a copy out
---@return string? code of the service
function replicable.of_vault(billing, method)
  if TYPES[billing.object_type] then
    return "vault_type", TYPES[billing.object_type]
  elseif method == "backup" and (billing.protect_type == "hybrid" or billing.cloud_type == "hybrid") then
    return "needs_method_vault"
  end
end

--- Returns why an available backup cannot be copied.
---@param billing { object_type?: string } fields of its vault's `billing`
---@param backup table the backup as `list_backups` returns it
---@return string? reason nil: no field of the backup rules a copy out
---@return string? code of the service
function replicable.of_backup(billing, backup)
  if billing.object_type == "server" and backup.resource_type and backup.resource_type ~= SERVER then
    return "not_an_ecs", "BackupService.1003"
  elseif lacks_system_disk(backup) then
    return "no_system_disk", "BackupService.1004"
  end
end

--- Returns why a replication of a vault to a region leaves out one of the vault's backups.
---@param backup table the backup as `list_backups` returns it with `show_replication`
---@param region string
---@return "already_there"|"in_progress"|"is_replica"|"no_system_disk"|"unknown"|string reason `state_…` for a backup in
-- a wrong state; `unknown` if no reason is known
function replicable.left_out(backup, region)
  for _, record in ipairs(tables.list(backup.replication_records)) do
    local work = fields.of_record(record)
    if text.is_same(work.destination_region, region) then
      if work.status == "success" then
        return "already_there"
      elseif not status.has_ended(work.status) then
        return "in_progress"
      end
    end
  end
  if backup.image_type == "replication" then
    return "is_replica"
  elseif backup.status ~= "available" then
    return "state_" .. tostring(backup.status)
  elseif lacks_system_disk(backup) then
    return "no_system_disk"
  end
  return "unknown"
end

return replicable
