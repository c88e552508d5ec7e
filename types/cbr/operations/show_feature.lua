---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.show_feature
---@field feature_key string Key of the feature, such as `replication.destination_regions`.
---@field limit? integer Largest number of items of one page.
---@field offset? integer Number of items to skip at the beginning of the list.

---@class cbr.result.show_feature
---@field [string] any Value of the feature with this key.

---Shows one feature of the service in this region.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ShowFeature.html)
---@param params cbr.params.show_feature
---@param call? cbr.CallOptions
---@return cbr.result.show_feature? result An object with the value of the feature.
---@return cbr.Error? err
function client:show_feature(params, call) end
