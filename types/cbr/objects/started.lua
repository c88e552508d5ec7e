---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Started
---@field operation_type? string Type of the task that was started.
---@field vault_id? string Id of the vault that is deleted.
---@field backup_id? string Id of the backup that is restored.
---@field target_id? string Id of the resource to which the backup is restored, if the request named one.
---@field request_id? string Id of the request, by which client:wait recognizes the task.
---@field started_at? string When the request was sent, by the service's clock.
