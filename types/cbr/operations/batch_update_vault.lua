---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.batch_update_vault
---@field smn_notify? boolean Whether to send a notification when the used capacity passes `threshold`.
---@field threshold? integer Used capacity, in percent, at which a notification is sent.

---@class cbr.result.batch_update_vault
---@field updated_vaults_id? string[] Ids of the changed vaults.

---Changes the settings of all vaults of the project.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/BatchUpdateVault.html)
---@param params cbr.params.batch_update_vault
---@param call? cbr.CallOptions
---@return cbr.result.batch_update_vault? result The ids of the changed vaults.
---@return cbr.Error? err
function client:batch_update_vault(params, call) end
