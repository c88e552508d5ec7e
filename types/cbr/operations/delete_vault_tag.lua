---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.delete_vault_tag
---@field vault_id? string Id of the vault.
---@field vault? string Name of the vault, in place of `vault_id`.
---@field key string Key of the tag.

---Deletes one tag of a vault.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/DeleteVaultTag.html)
---@param params cbr.params.delete_vault_tag
---@param call? cbr.CallOptions
---@return true? result `true`.
---@return cbr.Error? err
function client:delete_vault_tag(params, call) end
