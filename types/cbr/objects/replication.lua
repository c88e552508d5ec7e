---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Replication.backups
---@field backup_id? string Id of the backup.
---@field replication_record_id? string Id of the replication record of the backup.

---@class cbr.Replication
---@field backups? cbr.Replication.backups[] The backups that the service accepted.
---@field vault_id? string Id of the source vault.
---@field project_id? string Id of the source project.
---@field source_region? string The source region.
---@field provider_id? string Id of the kind of resource.
---@field destination_vault_id? string Id of the destination vault.
---@field destination_project_id? string Id of the destination project.
---@field destination_region? string The destination region.
---@field reconciled? boolean Added by cbr: `true` if the response was lost and cbr has found the order.
