---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.show_vault_resource_instances.tags
---@field key string Key of the tag.
---@field values string[] Values of which the tag must have one; an empty list stands for every value.

---@class (exact) cbr.params.show_vault_resource_instances.tags_any
---@field key string Key of the tag.
---@field values string[] Values of which the tag must have one; an empty list stands for every value.

---@class (exact) cbr.params.show_vault_resource_instances.not_tags
---@field key string Key of the tag.
---@field values string[] Values of which the tag must have one; an empty list stands for every value.

---@class (exact) cbr.params.show_vault_resource_instances.not_tags_any
---@field key string Key of the tag.
---@field values string[] Values of which the tag must have one; an empty list stands for every value.

---@class (exact) cbr.params.show_vault_resource_instances.sys_tags
---@field key string Key of the tag.
---@field values string[] Values of which the tag must have one.

---@class (exact) cbr.params.show_vault_resource_instances.matches
---@field key string The field to compare: `resource_name`.
---@field value string Part of the name.

---@class (exact) cbr.params.show_vault_resource_instances
---@field without_any_tag? boolean Only vaults without a tag; the other conditions about tags are ignored.
---@field tags? cbr.params.show_vault_resource_instances.tags[] Only vaults that have all of these tags.
---@field tags_any? cbr.params.show_vault_resource_instances.tags_any[] Only vaults that have one of these tags.
---@field not_tags? cbr.params.show_vault_resource_instances.not_tags[] Only vaults that lack at least one of these tags.
---@field not_tags_any? cbr.params.show_vault_resource_instances.not_tags_any[] Only vaults that have none of these tags.
---@field sys_tags? cbr.params.show_vault_resource_instances.sys_tags[] Only vaults that have these tags of the system.
---@field limit? integer Largest number of items of one page.
---@field offset? integer Number of items to skip at the beginning of the list.
---@field action "filter"|"count" Whether to list the vaults, or only to count them.
---@field matches? cbr.params.show_vault_resource_instances.matches[] Only vaults with this name.
---@field cloud_type? "public"|"hybrid" Whether to list only vaults for cloud resources, or only vaults for hybrid clouds.
---@field object_type? "server"|"disk"|"turbo"|"workspace"|"vmware"|"rds"|"file"|string Only vaults for resources of this type.

---@class cbr.result.show_vault_resource_instances.resources.resource_detail
---@field vault? cbr.Vault The vault.

---@class cbr.result.show_vault_resource_instances.resources
---@field resource_id? string Id of the vault.
---@field resource_name? string Name of the vault.
---@field resource_detail? cbr.result.show_vault_resource_instances.resources.resource_detail More about the vault.
---@field tags? cbr.Tag[] Tags of the vault.
---@field sys_tags? cbr.Tag[] System tags that the vault has.

---@class cbr.result.show_vault_resource_instances
---@field resources? cbr.result.show_vault_resource_instances.resources[] The vaults.
---@field total_count? integer Number of all vaults that match.

---Lists or counts the vaults that have certain tags.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ShowVaultResourceInstances.html)
---@param params cbr.params.show_vault_resource_instances
---@param call? cbr.CallOptions
---@return cbr.result.show_vault_resource_instances? result The vaults of one page, and the number of all vaults that match. With `count`, only that number.
---@return cbr.Error? err
function client:show_vault_resource_instances(params, call) end
