---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.associate_vault_policy
---@field vault_id? string Id of the vault.
---@field vault? string Name of the vault, in place of `vault_id`.
---@field policy_id? string Id of the policy. Either `policy_id` or `add_policy_ids` is mandatory.
---@field destination_vault_id? string Id of the replication vault that receives the copies.
---@field add_policy_ids? string[] Ids of several policies. Only Huawei Cloud has this parameter.

---Applies a policy to a vault. For a policy that makes replicas, the destination vault must be given.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/AssociateVaultPolicy.html)
---@param params cbr.params.associate_vault_policy
---@param call? cbr.CallOptions
---@return cbr.Association? result The vault and the policy.
---@return cbr.Error? err
function client:associate_vault_policy(params, call) end
