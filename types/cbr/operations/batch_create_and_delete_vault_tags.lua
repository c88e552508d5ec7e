---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.batch_create_and_delete_vault_tags.tags
---@field key string Key of the tag. Open Telekom Cloud allows up to 36 characters.
---@field value? string Value of the tag. A value is mandatory to add a tag, but not to delete a tag.

---@class (exact) cbr.params.batch_create_and_delete_vault_tags.sys_tags
---@field key string Key of the tag.
---@field value? string Value of the tag. A value is mandatory to add a tag, but not to delete a tag.

---@class (exact) cbr.params.batch_create_and_delete_vault_tags
---@field vault_id? string Id of the vault.
---@field vault? string Name of the vault, in place of `vault_id`.
---@field action "create"|"delete" Whether to add or to delete the tags.
---@field tags? cbr.params.batch_create_and_delete_vault_tags.tags[] The tags, up to 20.
---@field sys_tags? cbr.params.batch_create_and_delete_vault_tags.sys_tags[] System tags. Only some services may set them.

---Adds tags to a vault, or deletes tags of a vault.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/BatchCreateAndDeleteVaultTags.html)
---@param params cbr.params.batch_create_and_delete_vault_tags
---@param call? cbr.CallOptions
---@return true? result `true`.
---@return cbr.Error? err
function client:batch_create_and_delete_vault_tags(params, call) end
