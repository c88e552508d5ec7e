---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.show_protectable
---@field protectable_type "server"|"disk"|"turbo"|"workspace"|"workspace_v2"|string Type of the resource.
---@field instance_id string Id of the resource.

---Shows whether one resource can be put into a vault.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ShowProtectable.html)
---@param params cbr.params.show_protectable
---@param call? cbr.CallOptions
---@return cbr.Protectable? result The resource.
---@return cbr.Error? err
function client:show_protectable(params, call) end
