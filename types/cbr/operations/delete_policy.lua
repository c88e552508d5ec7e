---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.delete_policy
---@field policy_id string Id of the policy.

---Deletes a policy. The backups that the policy has made are kept.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/DeletePolicy.html)
---@param params cbr.params.delete_policy
---@param call? cbr.CallOptions
---@return true? result `true`.
---@return cbr.Error? err
function client:delete_policy(params, call) end
