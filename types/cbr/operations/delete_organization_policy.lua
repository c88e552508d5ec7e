---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.delete_organization_policy
---@field organization_policy_id string Id of the organization policy.

---Deletes a policy of the organization.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/DeleteOrganizationPolicy.html)
---@param params cbr.params.delete_organization_policy
---@param call? cbr.CallOptions
---@return true? result `true`.
---@return cbr.Error? err
function client:delete_organization_policy(params, call) end
