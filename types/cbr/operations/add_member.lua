---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.add_member
---@field backup_id string Id of the backup.
---@field members? string[] Ids of the projects to share with.
---@field domains? string[] Ids of the accounts to share with. Only Huawei Cloud has this parameter.

---@class cbr.result.add_member
---@field members? cbr.Member[] The new members.
---@field count? integer Number of the new members.

---Shares a server's backup with other projects of the region.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/AddMember.html)
---@param params cbr.params.add_member
---@param call? cbr.CallOptions
---@return cbr.result.add_member? result The new members.
---@return cbr.Error? err
function client:add_member(params, call) end
