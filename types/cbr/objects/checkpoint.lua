---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Checkpoint.vault.resources
---@field id? string Id of the resource.
---@field type? string Type of the resource.
---@field name? string Name of the resource.
---@field protect_status? string `available`, `error`, `protecting`, `restoring` or `removing`.
---@field resource_size? string Size of the resource in GB.
---@field backup_size? string Capacity that the backups of the resource use, in MB.
---@field backup_count? string Number of backups of the resource.
---@field extra_info? string More about the resource, as JSON text.

---@class cbr.Checkpoint.vault.skipped_resources
---@field id? string Id of the resource.
---@field type? string Type of the resource.
---@field name? string Name of the resource.
---@field code? string Code of the reason.
---@field reason? string Why the resource was left out.

---@class cbr.Checkpoint.vault
---@field id? string Id of the vault.
---@field name? string Name of the vault.
---@field resources? cbr.Checkpoint.vault.resources[] The resources that are backed up. Here, numbers are texts.
---@field skipped_resources? cbr.Checkpoint.vault.skipped_resources[] The resources that are not backed up.

---@class cbr.Checkpoint.extra_info
---@field name? string Name of the backups.
---@field description? string Free text about the backups.
---@field retention_duration? integer For how many days the backups are kept; -1 means for ever.

---@class cbr.Checkpoint
---@field id? string Id of the restore point.
---@field status? string `available`, `protecting`, `deleting`, `deleted`, `error-deleting` or `error`.
---@field created_at? string When the restore point was made (UTC).
---@field project_id? string Id of the project.
---@field vault? cbr.Checkpoint.vault The vault.
---@field extra_info? cbr.Checkpoint.extra_info More about the restore point.
