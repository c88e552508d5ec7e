---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.restore_backup.mappings
---@field backup_id string Id of the backup of a disk, from the `children` of a server's backup.
---@field volume_id string Id of the disk to overwrite.

---@class (exact) cbr.params.restore_backup.details
---@field destination_path string Directory that receives the restored files.

---@class (exact) cbr.params.restore_backup
---@field backup_id string Id of the backup.
---@field mappings? cbr.params.restore_backup.mappings[] Which disk of the server is restored from which backup; needed for servers.
---@field power_on? boolean Whether the server is started after the restore.
---@field server_id? string Id of the server to overwrite.
---@field volume_id? string Id of the disk to overwrite.
---@field resource_id? string Id of the resource to overwrite, if it is neither a server nor a disk.
---@field details? cbr.params.restore_backup.details More about the restore of files.

---Restores a resource, such as a server or a disk, from a backup. The present data of the resource is overwritten.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/RestoreBackup.html)
---@param params cbr.params.restore_backup
---@param call? cbr.CallOptions
---@return cbr.Started? result What is restored. A task restores the data, and client:wait follows that task.
---@return cbr.Error? err
function client:restore_backup(params, call) end
