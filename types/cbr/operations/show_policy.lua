---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.show_policy
---@field policy_id string Id of the policy.

---Shows one policy.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ShowPolicy.html)
---@param params cbr.params.show_policy
---@param call? cbr.CallOptions
---@return cbr.Policy? result The policy, with the vaults to which the policy is applied.
---@return cbr.Error? err
function client:show_policy(params, call) end
