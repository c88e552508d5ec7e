---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.create_checkpoint.parameters.resource_details.extra_info.include_volumes
---@field id string Id of the disk.
---@field os_version? string Operating system on the disk.

---@class (exact) cbr.params.create_checkpoint.parameters.resource_details.extra_info
---@field exclude_volumes? string[] Ids of a server's disks that are not backed up.
---@field include_volumes? cbr.params.create_checkpoint.parameters.resource_details.extra_info.include_volumes[] Disks of a server that are backed up; its other disks are not.

---@class (exact) cbr.params.create_checkpoint.parameters.resource_details
---@field id string Id of the resource.
---@field type "OS::Nova::Server"|"OS::Cinder::Volume"|"OS::Sfs::Turbo"|"OS::Ironic::BareMetalServer"|"OS::Native::Server"|"OS::VMware::Server"|"OS::Workspace::DesktopV2"|string Type of the resource.
---@field name? string Name of the resource.
---@field extra_info? cbr.params.create_checkpoint.parameters.resource_details.extra_info More about the resource.

---@class (exact) cbr.params.create_checkpoint.parameters
---@field auto_trigger? boolean Whether the backups are marked as made by a schedule, instead of by hand.
---@field description? string Free text about the backups.
---@field incremental? boolean Whether the backups are incremental; `false` makes full ones.
---@field name? string Name of the backups.
---@field resources? string[] Ids of the resources to back up; by default, all resources of the vault.
---@field resource_details? cbr.params.create_checkpoint.parameters.resource_details[] Resources to back up, with their types and excluded disks.

---@class (exact) cbr.params.create_checkpoint
---@field vault_id? string Id of the vault.
---@field vault? string Name of the vault, in place of `vault_id`.
---@field parameters? cbr.params.create_checkpoint.parameters How to make the backups.

---Backs up some or all resources of a vault now.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/CreateCheckpoint.html)
---@param params cbr.params.create_checkpoint
---@param call? cbr.CallOptions
---@return cbr.Checkpoint? result The restore point. Tasks make its backups, and client:wait follows these tasks.
---@return cbr.Error? err
function client:create_checkpoint(params, call) end
