---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Association
---@field vault_id? string Id of the vault.
---@field policy_id? string Id of the policy.
---@field destination_vault_id? string Id of the vault that receives replicas.
