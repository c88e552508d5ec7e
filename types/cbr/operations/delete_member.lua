---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.delete_member
---@field backup_id string Id of the backup.
---@field member_id string Id of the member: the id of the project with which the backup is shared.

---Ends the sharing of a backup with a project.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/DeleteMember.html)
---@param params cbr.params.delete_member
---@param call? cbr.CallOptions
---@return true? result `true`.
---@return cbr.Error? err
function client:delete_member(params, call) end
