---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.update_member_status
---@field backup_id string Id of the backup.
---@field member_id string Id of the member: the id of the project with which the backup is shared.
---@field status "accepted"|"pending"|"rejected" Whether to accept or reject the backup.
---@field vault_id? string Id of the vault that keeps the backup; mandatory to accept the backup.
---@field vault? string Name of the vault, in place of `vault_id`.

---Accepts or rejects a backup that another project shares with this one.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/UpdateMemberStatus.html)
---@param params cbr.params.update_member_status
---@param call? cbr.CallOptions
---@return cbr.Member? result The member with its new status.
---@return cbr.Error? err
function client:update_member_status(params, call) end
