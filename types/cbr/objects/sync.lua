---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Sync
---@field operation_log_id? string Id of the task that imports the backups.
---@field vault_id? string Id of the vault.
---@field reconciled? boolean Added by cbr: `true` if the response was lost and cbr has found the order.
