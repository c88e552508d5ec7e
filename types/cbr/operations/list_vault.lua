---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.list_vault
---@field limit? integer Largest number of items of one page.
---@field name? string Only vaults with this name.
---@field offset? integer Number of items to skip at the beginning of the list.
---@field cloud_type? "public"|"hybrid" Whether to list only vaults for cloud resources, or only vaults for hybrid clouds. The default is the former.
---@field protect_type? "backup"|"replication"|"hybrid" Only vaults with this purpose.
---@field object_type? "server"|"disk"|"turbo"|"workspace"|"vmware"|"rds"|"file"|string Only vaults for resources of this type.
---@field enterprise_project_id? string Only items of this enterprise project; `all_granted_eps` means all enterprise projects that the user may see.
---@field id? string|string[] Only the vault with this id, or the vaults with the ids in this list.
---@field policy_id? string Only vaults to which this policy is applied.
---@field status? "available"|"lock"|"frozen"|"deleting"|"error"|string Only vaults with this status.
---@field resource_ids? string Only vaults that hold one of these resources: ids, separated by commas.

---@class cbr.result.list_vault
---@field vaults? cbr.Vault[] The items.
---@field count? integer Number of all items, on all pages.

---Lists the vaults of the project.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ListVault.html)
---@param params cbr.params.list_vault
---@param call? cbr.CallOptions
---@return cbr.result.list_vault? result The vaults of one page, and the number of all vaults that match.
---@return cbr.Error? err
function client:list_vault(params, call) end
