---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.set_vault_resource
---@field vault_id? string Id of the vault.
---@field vault? string Name of the vault, in place of `vault_id`.
---@field resource_ids string[] Ids of the resources.
---@field action "suspend"|"unsuspend" `suspend` ends the automatic backup, `unsuspend` resumes it.

---@class cbr.result.set_vault_resource
---@field set_resource_ids? string[] Ids of the changed resources.

---Suspends or resumes the automatic backup of resources.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/SetVaultResource.html)
---@param params cbr.params.set_vault_resource
---@param call? cbr.CallOptions
---@return cbr.result.set_vault_resource? result The ids of the resources that were changed.
---@return cbr.Error? err
function client:set_vault_resource(params, call) end
