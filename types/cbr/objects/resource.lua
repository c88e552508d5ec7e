---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Resource.extra_info
---@field exclude_volumes? string[] Ids of disks that are not backed up.

---@class cbr.Resource
---@field id? string Id of the resource.
---@field type? string Type of the resource, such as `OS::Nova::Server`.
---@field name? string Name of the resource.
---@field protect_status? string `available`, `error`, `protecting`, `restoring` or `removing`.
---@field size? integer Size of the resource in GB.
---@field backup_size? integer Capacity that the backups of the resource use, in MB.
---@field backup_count? integer Number of backups of the resource.
---@field auto_protect? boolean Whether the resource is backed up automatically.
---@field extra_info? cbr.Resource.extra_info More about the resource.
