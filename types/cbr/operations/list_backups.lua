---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.list_backups
---@field checkpoint_id? string Only backups of this restore point.
---@field dec? boolean Only backups in a dedicated cloud.
---@field end_time? string Only items up to this time (UTC).
---@field image_type? "backup"|"replication" Whether to list only backups, or only replicas.
---@field limit? integer Largest number of items of one page.
---@field marker? string Id of the last item of the previous page; the next page begins after this item.
---@field name? string Only backups with this name.
---@field offset? integer Number of items to skip at the beginning of the list.
---@field resource_az? string Only backups of resources in this availability zone.
---@field resource_id? string Only backups of this resource.
---@field resource_name? string Only backups of resources with this name.
---@field resource_type? "OS::Nova::Server"|"OS::Cinder::Volume"|"OS::Sfs::Turbo"|"OS::Ironic::BareMetalServer"|"OS::Native::Server"|"OS::VMware::Server"|"OS::Workspace::DesktopV2"|string Only backups of resources of this type.
---@field sort? string Order of the items: `key:direction` pairs, separated by commas; the direction is `asc` or `desc`.
---@field start_time? string Only items from this time on (UTC).
---@field status? "available"|"protecting"|"deleting"|"restoring"|"error"|"waiting_protect"|"waiting_delete"|"waiting_restore"|("available"|"protecting"|"deleting"|"restoring"|"error"|"waiting_protect"|"waiting_delete"|"waiting_restore")[] Only backups with this status, or with one of the statuses in this list.
---@field vault_id? string Only backups in this vault.
---@field vault? string Name of the vault, in place of `vault_id`.
---@field enterprise_project_id? string Only items of this enterprise project; `all_granted_eps` means all enterprise projects that the user may see.
---@field own_type? "private"|"shared"|"all_granted" Whether to list the project's own backups, the backups that are shared with it, or both.
---@field member_status? "pending"|"accepted"|"rejected"|"accept"|"reject" Only shared backups whose sharing has this status.
---@field parent_id? string Only backups of the disks of this server backup.
---@field used_percent? integer Only backups in vaults of which at least this share is used, in percent.
---@field show_replication? boolean Whether to list the replication records of each backup.
---@field incremental? boolean The documents do not say whether this parameter selects incremental backups, or shows them.

---@class cbr.result.list_backups
---@field backups? cbr.Backup[] The items.
---@field count? integer Number of all items, on all pages.

---Lists the backups of the project.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ListBackups.html)
---@param params cbr.params.list_backups
---@param call? cbr.CallOptions
---@return cbr.result.list_backups? result The backups of one page, and the number of all backups that match.
---@return cbr.Error? err
function client:list_backups(params, call) end
