---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.show_replication_capabilities

---@class cbr.result.show_replication_capabilities.regions
---@field name? string The source region.
---@field replication_destinations? string[] Destination regions for backups of the source region.

---@class cbr.result.show_replication_capabilities
---@field regions? cbr.result.show_replication_capabilities.regions[] The items.

---Shows to which regions backups can be replicated.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ShowReplicationCapabilities.html)
---@param params cbr.params.show_replication_capabilities
---@param call? cbr.CallOptions
---@return cbr.result.show_replication_capabilities? result The source regions, each with its destinations.
---@return cbr.Error? err
function client:show_replication_capabilities(params, call) end
