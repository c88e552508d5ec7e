---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.import_checkpoint
---@field vault_id? string Id of the hybrid-cloud vault.
---@field vault? string Name of the vault, in place of `vault_id`.
---@field auto_trigger? boolean Whether the backups are marked as made by a schedule, instead of by hand.

---Imports the new backups that a hybrid cloud has put into the vault's storage.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ImportCheckpoint.html)
---@param params cbr.params.import_checkpoint
---@param call? cbr.CallOptions
---@return cbr.Sync? result The id of the task that imports the backups.
---@return cbr.Error? err
function client:sync(params, call) end

---Imports the new backups that a hybrid cloud has put into the vault's storage.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ImportCheckpoint.html)
---@param params cbr.params.import_checkpoint
---@param call? cbr.CallOptions
---@return cbr.Sync? result The id of the task that imports the backups.
---@return cbr.Error? err
function client:import_checkpoint(params, call) end
