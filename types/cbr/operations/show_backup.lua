---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.show_backup
---@field backup_id string Id of the backup.

---Shows one backup.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ShowBackup.html)
---@param params cbr.params.show_backup
---@param call? cbr.CallOptions
---@return cbr.Backup? result The backup. On Huawei Cloud, the backup has the records of its replications.
---@return cbr.Error? err
function client:show_backup(params, call) end
