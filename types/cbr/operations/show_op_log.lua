---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.show_op_log
---@field operation_log_id string Id of the task.

---Shows one task.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ShowOpLog.html)
---@param params cbr.params.show_op_log
---@param call? cbr.CallOptions
---@return cbr.Task? result The task with its progress, and its error if it failed.
---@return cbr.Error? err
function client:show_op_log(params, call) end
