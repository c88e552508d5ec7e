---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.show_metadata
---@field backup_id string Id of the backup.

---@class cbr.result.show_metadata
---@field backup_id? string Id of the backup.
---@field backups? string The backup, as JSON text.
---@field flavor? string The server's size, as JSON text.
---@field floatingips? string[] The server's public addresses.
---@field interface? string The server's network interface, as JSON text.
---@field ports? string[] The server's ports.
---@field server? string The server, as JSON text.
---@field volumes? string[] The server's disks.

---Shows what was recorded about the server when it was backed up.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ShowMetadata.html)
---@param params cbr.params.show_metadata
---@param call? cbr.CallOptions
---@return cbr.result.show_metadata? result Descriptions of the server and its parts, some of them as JSON text.
---@return cbr.Error? err
function client:show_metadata(params, call) end
