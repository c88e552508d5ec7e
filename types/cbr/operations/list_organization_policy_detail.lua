---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.list_organization_policy_detail
---@field organization_policy_id string Id of the organization policy.

---@class cbr.result.list_organization_policy_detail.policies
---@field policy_id? string Id of the policy in the account.
---@field domain_id? string Id of the account.
---@field project_id? string Id of the project.
---@field status? string State of the deployment.

---@class cbr.result.list_organization_policy_detail
---@field policies? cbr.result.list_organization_policy_detail.policies[] The items.
---@field count? integer Number of all items, on all pages.

---Shows in which accounts a policy of the organization is deployed.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ListOrganizationPolicyDetail.html)
---@param params cbr.params.list_organization_policy_detail
---@param call? cbr.CallOptions
---@return cbr.result.list_organization_policy_detail? result One entry for each account and project, and the number of entries.
---@return cbr.Error? err
function client:list_organization_policy_detail(params, call) end
