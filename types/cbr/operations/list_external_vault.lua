---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.list_external_vault
---@field external_project_id string Id of the other project.
---@field limit? integer Largest number of items of one page.
---@field offset? integer Number of items to skip at the beginning of the list.
---@field protect_type? string Only vaults with this purpose.
---@field region_id string Region of the other project.
---@field object_type? "server"|"disk"|"turbo"|"workspace"|"vmware"|"rds"|"file"|string Only vaults for resources of this type.
---@field cloud_type? string Whether to list only vaults for cloud resources, or only vaults for hybrid clouds.
---@field vault_id? string Only this vault; the other conditions are ignored.

---@class cbr.result.list_external_vault
---@field vaults? cbr.Vault[] The items.
---@field count? integer Number of all items, on all pages.

---Lists the vaults of another project in another region, such as possible destinations of replicas.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ListExternalVault.html)
---@param params cbr.params.list_external_vault
---@param call? cbr.CallOptions
---@return cbr.result.list_external_vault? result The vaults of one page, and the number of all vaults that match.
---@return cbr.Error? err
function client:list_external_vault(params, call) end
