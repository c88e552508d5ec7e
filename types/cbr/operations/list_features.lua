---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.list_features
---@field limit? integer Largest number of items of one page.
---@field offset? integer Number of items to skip at the beginning of the list.

---@class cbr.result.list_features
---@field [string] any Value of the feature with this key.

---Lists the features that the service has in this region.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ListFeatures.html)
---@param params cbr.params.list_features
---@param call? cbr.CallOptions
---@return cbr.result.list_features? result An object from keys of features, such as `replication.enable`, to the values of these features.
---@return cbr.Error? err
function client:list_features(params, call) end
