---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.disassociate_vault_policy
---@field vault_id? string Id of the vault.
---@field vault? string Name of the vault, in place of `vault_id`.
---@field policy_id string Id of the policy.

---Removes a policy from a vault.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/DisassociateVaultPolicy.html)
---@param params cbr.params.disassociate_vault_policy
---@param call? cbr.CallOptions
---@return cbr.Association? result The vault and the policy.
---@return cbr.Error? err
function client:disassociate_vault_policy(params, call) end
