---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.show_member_detail
---@field backup_id string Id of the backup.
---@field member_id string Id of the member: the id of the project with which the backup is shared.

---Shows the sharing of a backup with one project.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ShowMemberDetail.html)
---@param params cbr.params.show_member_detail
---@param call? cbr.CallOptions
---@return cbr.Member? result The member.
---@return cbr.Error? err
function client:show_member_detail(params, call) end
