---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.import_backup.sync
---@field backup_id string Id of the backup.
---@field backup_name string Name of the backup.
---@field bucket_name string Name of the storage bucket that has the backup.
---@field image_path string Path of the backup in the bucket.
---@field resource_id string Id of the resource that was backed up.
---@field resource_name string Name of the resource that was backed up.
---@field resource_type "OS::Nova::Server"|"OS::Cinder::Volume"|"OS::Sfs::Turbo"|"OS::Ironic::BareMetalServer"|"OS::Native::Server"|"OS::VMware::Server"|"OS::Workspace::DesktopV2"|string Type of the resource that was backed up.
---@field created_at integer When the backup was made, in seconds since 1970.

---@class (exact) cbr.params.import_backup
---@field sync cbr.params.import_backup.sync[] The backups to import.

---@class cbr.result.import_backup
---@field backup_id? string Id of the backup.
---@field operation_log_id? string Id of the task that imports the backup.

---Imports backups of a hybrid cloud that are already in the cloud's storage.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ImportBackup.html)
---@param params cbr.params.import_backup
---@param call? cbr.CallOptions
---@return cbr.result.import_backup[]? result A list with the task that imports each backup.
---@return cbr.Error? err
function client:import_backup(params, call) end
