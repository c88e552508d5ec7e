---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.migrate_vault_resource
---@field vault_id? string Id of the vault.
---@field vault? string Name of the vault, in place of `vault_id`.
---@field destination_vault_id? string Id of the vault that gets the resources.
---@field destination_vault? string Name of the vault, in place of `destination_vault_id`.
---@field resource_ids string[] Ids of the resources.

---@class cbr.result.migrate_vault_resource
---@field migrated_resources? string[] Ids of the moved resources.

---Moves resources and their backups to another vault.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/MigrateVaultResource.html)
---@param params cbr.params.migrate_vault_resource
---@param call? cbr.CallOptions
---@return cbr.result.migrate_vault_resource? result The ids of the resources that were moved.
---@return cbr.Error? err
function client:migrate_vault_resource(params, call) end
