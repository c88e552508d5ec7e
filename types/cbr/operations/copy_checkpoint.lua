---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.copy_checkpoint
---@field vault_id? string Id of the source vault.
---@field vault? string Name of the vault, in place of `vault_id`.
---@field destination_project_id? string Id of the project that has the destination vault. The id is looked up by the name of the region, unless `cross_account_urn` is set.
---@field destination_region string Region of the destination vault.
---@field destination_vault_id? string Id of the replication vault that receives the copies.
---@field destination_vault? string Name of the vault, in place of `destination_vault_id`.
---@field auto_trigger? boolean Whether the backups are marked as made by a schedule, instead of by hand.
---@field enable_acceleration? boolean Whether to copy over a faster line, which costs extra; not every account may set this.
---@field cross_account_urn? string URN of the destination, for a copy in another account.

---Copies a vault's backups to a vault in another region, except the backups that are there already.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/CopyCheckpoint.html)
---@param params cbr.params.copy_checkpoint
---@param call? cbr.CallOptions
---@return cbr.Replication? result Which backups the service accepted, and the ids by which client:wait follows the copies.
---@return cbr.Error? err
function client:replicate(params, call) end

---Copies a vault's backups to a vault in another region, except the backups that are there already.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/CopyCheckpoint.html)
---@param params cbr.params.copy_checkpoint
---@param call? cbr.CallOptions
---@return cbr.Replication? result Which backups the service accepted, and the ids by which client:wait follows the copies.
---@return cbr.Error? err
function client:copy_checkpoint(params, call) end
