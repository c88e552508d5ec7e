---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.show_vault_tag
---@field vault_id? string Id of the vault.
---@field vault? string Name of the vault, in place of `vault_id`.

---@class cbr.result.show_vault_tag
---@field tags? cbr.Tag[] The items.
---@field sys_tags? cbr.Tag[] System tags.

---Lists the tags of a vault.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ShowVaultTag.html)
---@param params cbr.params.show_vault_tag
---@param call? cbr.CallOptions
---@return cbr.result.show_vault_tag? result The tags.
---@return cbr.Error? err
function client:show_vault_tag(params, call) end
