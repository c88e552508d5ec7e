---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.show_checkpoint
---@field checkpoint_id string Id of the restore point.

---Shows a restore point, with its vault and the resources that were backed up.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ShowCheckpoint.html)
---@param params cbr.params.show_checkpoint
---@param call? cbr.CallOptions
---@return cbr.Checkpoint? result The restore point.
---@return cbr.Error? err
function client:show_checkpoint(params, call) end
