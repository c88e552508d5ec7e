---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.list_op_logs
---@field end_time? string Only tasks that ended at this time or earlier (UTC).
---@field limit? integer Largest number of items of one page.
---@field offset? integer Number of items to skip at the beginning of the list.
---@field operation_type? "backup"|"copy"|"replication"|"restore"|"delete"|"sync"|"vault_delete"|"remove_resource" Only tasks of this type. Open Telekom Cloud knows neither `copy` nor `replication`.
---@field provider_id? string Only tasks of this kind of backup.
---@field resource_id? string Only tasks for this resource.
---@field resource_name? string Only tasks for resources with this name.
---@field start_time? string Only tasks that began at this time or later (UTC).
---@field status? "success"|"skipped"|"failed"|"running"|"timeout"|"waiting" Only tasks with this status.
---@field vault_id? string Only tasks for this vault.
---@field vault? string Name of the vault, in place of `vault_id`.
---@field vault_name? string Only tasks for vaults with this name.
---@field enterprise_project_id? string Only items of this enterprise project; `all_granted_eps` means all enterprise projects that the user may see.

---@class cbr.result.list_op_logs
---@field operation_logs? cbr.Task[] The items.
---@field count? integer Number of all items, on all pages.

---Lists the tasks of the project: what the service did or is doing.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ListOpLogs.html)
---@param params cbr.params.list_op_logs
---@param call? cbr.CallOptions
---@return cbr.result.list_op_logs? result The tasks of one page, and the number of all tasks that match.
---@return cbr.Error? err
function client:list_op_logs(params, call) end
