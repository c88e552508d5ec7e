---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.add_vault_resource.resources.extra_info.include_volumes
---@field id string Id of the disk.
---@field os_version? string Operating system on the disk.

---@class (exact) cbr.params.add_vault_resource.resources.extra_info
---@field exclude_volumes? string[] Ids of a server's disks that are not backed up.
---@field include_volumes? cbr.params.add_vault_resource.resources.extra_info.include_volumes[] Disks of a server that are backed up; its other disks are not.

---@class (exact) cbr.params.add_vault_resource.resources
---@field id string Id of the server, disk or other resource.
---@field type "OS::Nova::Server"|"OS::Cinder::Volume"|"OS::Sfs::Turbo"|"OS::Ironic::BareMetalServer"|"OS::Native::Server"|"OS::VMware::Server"|"OS::Workspace::DesktopV2"|string Type of the resource.
---@field name? string Name of the resource.
---@field extra_info? cbr.params.add_vault_resource.resources.extra_info More about the resource.

---@class (exact) cbr.params.add_vault_resource
---@field vault_id? string Id of the vault.
---@field vault? string Name of the vault, in place of `vault_id`.
---@field resources cbr.params.add_vault_resource.resources[] Resources to put into the vault.

---@class cbr.result.add_vault_resource
---@field add_resource_ids? string[] Ids of the added resources.

---Puts resources into a vault, so that they can be backed up.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/AddVaultResource.html)
---@param params cbr.params.add_vault_resource
---@param call? cbr.CallOptions
---@return cbr.result.add_vault_resource? result The ids of the resources that were put into the vault.
---@return cbr.Error? err
function client:add_vault_resource(params, call) end
