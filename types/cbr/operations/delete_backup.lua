---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.delete_backup
---@field backup_id string Id of the backup.

---Deletes a backup.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/DeleteBackup.html)
---@param params cbr.params.delete_backup
---@param call? cbr.CallOptions
---@return true? result `true`. A task deletes the backup.
---@return cbr.Error? err
function client:delete_backup(params, call) end
