---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.list_organization_policies
---@field operation_type "backup"|"replication" Whether to list the policies that make backups, or the policies that make replicas.
---@field limit? integer Largest number of items of one page.
---@field offset? integer Number of items to skip at the beginning of the list.

---@class cbr.result.list_organization_policies
---@field policies? cbr.OrganizationPolicy[] The items.
---@field count? integer Number of all items, on all pages.

---Lists the policies of the organization.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ListOrganizationPolicies.html)
---@param params cbr.params.list_organization_policies
---@param call? cbr.CallOptions
---@return cbr.result.list_organization_policies? result The organization policies of one page, and the number of all organization policies that match.
---@return cbr.Error? err
function client:list_organization_policies(params, call) end
