---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.show_summary

---@class cbr.result.show_summary
---@field size? integer Capacity of all vaults in GB.
---@field used_size? integer Used capacity of all vaults in MB.

---Shows the capacity of all vaults of the project together.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ShowSummary.html)
---@param params cbr.params.show_summary
---@param call? cbr.CallOptions
---@return cbr.result.show_summary? result The total capacity and the used capacity.
---@return cbr.Error? err
function client:show_summary(params, call) end
