---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.update_backup
---@field backup_id string Id of the backup.
---@field name? string The new name.

---Renames a backup.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/UpdateBackup.html)
---@param params cbr.params.update_backup
---@param call? cbr.CallOptions
---@return cbr.Backup? result The backup with its new name.
---@return cbr.Error? err
function client:update_backup(params, call) end
