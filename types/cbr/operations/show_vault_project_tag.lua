---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.show_vault_project_tag

---@class cbr.result.show_vault_project_tag.tags
---@field key? string Key of the tag.
---@field values? string[] Values of the tag.

---@class cbr.result.show_vault_project_tag
---@field tags? cbr.result.show_vault_project_tag.tags[] The items.

---Lists all tags that vaults of the project have.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ShowVaultProjectTag.html)
---@param params cbr.params.show_vault_project_tag
---@param call? cbr.CallOptions
---@return cbr.result.show_vault_project_tag? result The keys of the tags with their values.
---@return cbr.Error? err
function client:show_vault_project_tag(params, call) end
