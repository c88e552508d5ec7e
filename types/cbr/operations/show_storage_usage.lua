---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.show_storage_usage
---@field limit? integer Largest number of items of one page.
---@field offset? integer Number of items to skip at the beginning of the list.
---@field resource_id? string Only this resource.
---@field resource_type? "OS::Nova::Server"|"OS::Cinder::Volume"|"OS::Sfs::Turbo"|"OS::Ironic::BareMetalServer"|"OS::Native::Server"|"OS::VMware::Server"|"OS::Workspace::DesktopV2"|string Only resources of this type.

---@class cbr.result.show_storage_usage.storage_usage
---@field resource_id? string Id of the resource.
---@field resource_name? string Name of the resource.
---@field resource_type? string Type of the resource.
---@field backup_count? integer Number of backups of the resource.
---@field backup_size? integer Used capacity in MB, of backups in one availability zone.
---@field backup_size_multiaz? integer Used capacity in MB, of backups in several availability zones.

---@class cbr.result.show_storage_usage
---@field storage_usage? cbr.result.show_storage_usage.storage_usage[] The items.
---@field resource_count? integer Number of all resources.

---Lists how much capacity the backups of each resource use.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ShowStorageUsage.html)
---@param params cbr.params.show_storage_usage
---@param call? cbr.CallOptions
---@return cbr.result.show_storage_usage? result One entry for each resource, and the number of all resources.
---@return cbr.Error? err
function client:show_storage_usage(params, call) end
