---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.remove_vault_resource
---@field vault_id? string Id of the vault.
---@field vault? string Name of the vault, in place of `vault_id`.
---@field resource_ids string[] Ids of the resources.

---@class cbr.result.remove_vault_resource
---@field remove_resource_ids? string[] Ids of the removed resources.

---Takes resources out of a vault, and deletes the backups of these resources.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/RemoveVaultResource.html)
---@param params cbr.params.remove_vault_resource
---@param call? cbr.CallOptions
---@return cbr.result.remove_vault_resource? result The ids of the resources that a task removes.
---@return cbr.Error? err
function client:remove_vault_resource(params, call) end
