---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.list_policies
---@field operation_type? "backup"|"replication" Whether to list only policies that make backups, or only policies that make replicas.
---@field vault_id? string Only policies that are applied to this vault.
---@field vault? string Name of the vault, in place of `vault_id`.

---@class cbr.result.list_policies
---@field policies? cbr.Policy[] The items.
---@field count? integer Number of all items, on all pages.

---Lists the policies of the project.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ListPolicies.html)
---@param params cbr.params.list_policies
---@param call? cbr.CallOptions
---@return cbr.result.list_policies? result All policies that match, and the number of these policies.
---@return cbr.Error? err
function client:list_policies(params, call) end
