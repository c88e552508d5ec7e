---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.copy_backup
---@field backup_id string Id of the backup.
---@field destination_project_id? string Id of the project that has the destination vault. The id is looked up by the name of the region, unless `cross_account_urn` is set.
---@field destination_region string Region of the destination vault.
---@field destination_vault_id? string Id of the replication vault that receives the copies.
---@field destination_vault? string Name of the vault, in place of `destination_vault_id`.
---@field name? string Name of the copy.
---@field description? string Free text about the copy.
---@field enable_acceleration? boolean Whether to copy over a faster line, which costs extra; not every account may set this.
---@field cross_account_urn? string URN of the destination, for a copy in another account.

---Copies one backup to a vault in another region.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/CopyBackup.html)
---@param params cbr.params.copy_backup
---@param call? cbr.CallOptions
---@return cbr.Copy? result The ids by which client:wait follows the copy.
---@return cbr.Error? err
function client:copy_backup(params, call) end
