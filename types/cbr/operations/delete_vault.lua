---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.delete_vault
---@field vault_id? string Id of the vault.
---@field vault? string Name of the vault, in place of `vault_id`.

---Deletes a vault with all of its backups.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/DeleteVault.html)
---@param params cbr.params.delete_vault
---@param call? cbr.CallOptions
---@return cbr.Started? result What is deleted. A task deletes the backups, and client:wait follows that task.
---@return cbr.Error? err
function client:delete_vault(params, call) end
