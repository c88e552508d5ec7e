---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.show_organization_policy
---@field organization_policy_id string Id of the organization policy.

---Shows one policy of the organization.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ShowOrganizationPolicy.html)
---@param params cbr.params.show_organization_policy
---@param call? cbr.CallOptions
---@return cbr.OrganizationPolicy? result The organization policy.
---@return cbr.Error? err
function client:show_organization_policy(params, call) end
