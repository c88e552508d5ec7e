---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.migrate_domain
---@field all_regions boolean Whether to migrate in all regions, instead of only in this region.
---@field reservation number Free capacity of the new vaults, as a share of their used capacity.

---Moves the account from the older backup services CSBS and VBS to CBR.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/MigrateDomain.html)
---@param params cbr.params.migrate_domain
---@param call? cbr.CallOptions
---@return table|true? result An empty object, or `true`.
---@return cbr.Error? err
function client:migrate_domain(params, call) end
