---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.create_vault_tags.tag
---@field key string Key of the tag. Open Telekom Cloud allows up to 36 characters.
---@field value string Value of the tag. Open Telekom Cloud allows up to 43 characters.

---@class (exact) cbr.params.create_vault_tags
---@field vault_id? string Id of the vault.
---@field vault? string Name of the vault, in place of `vault_id`.
---@field tag cbr.params.create_vault_tags.tag The tag to add.

---Adds a tag to a vault.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/CreateVaultTags.html)
---@param params cbr.params.create_vault_tags
---@param call? cbr.CallOptions
---@return true? result `true`.
---@return cbr.Error? err
function client:create_vault_tags(params, call) end
