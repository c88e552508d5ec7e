--- Decides which vaults and backups can be copied to another region.
--
-- Source: the error codes 1003, 1004, 1013, 6122 and 6128 of the API reference, and the pages on replication.

local tables = require "cbr.util.tables"

local replicable = {}

--- Reason -> a text that explains the reason.
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

--- Returns why no backup of a vault can be copied.
---@param vault { object_type?: string, protect_type?: string, cloud_type?: string }
---@param method? "backup"|"vault" nil: either method
---@return string? reason nil: no field of the vault rules a copy out
---@return string? code of the service
function replicable.of_vault(vault, method)
  if TYPES[vault.object_type] then
    return "vault_type", TYPES[vault.object_type]
  elseif method == "backup" and (vault.protect_type == "hybrid" or vault.cloud_type == "hybrid") then
    return "needs_method_vault"
  end
end

--- Returns why an available backup cannot be copied.
---@param vault { object_type?: string }
---@param backup table the backup as `list_backups` returns it
---@return string? reason nil: no field of the backup rules a copy out
---@return string? code of the service
function replicable.of_backup(vault, backup)
  if vault.object_type == "server" and backup.resource_type and backup.resource_type ~= "OS::Nova::Server" then
    return "not_an_ecs", "BackupService.1003"
  elseif backup.resource_type == "OS::Nova::Server"
    and tables.of(backup.extend_info).contain_system_disk == false then
    return "no_system_disk", "BackupService.1004"
  end
end

return replicable
