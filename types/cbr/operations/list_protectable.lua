---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.list_protectable
---@field protectable_type "server"|"disk"|"turbo"|"workspace"|"workspace_v2"|string Type of the resources to list.
---@field limit? integer Largest number of items of one page.
---@field marker? string Id of the last item of the previous page; the next page begins after this item.
---@field name? string Only resources with this name.
---@field offset? integer Number of items to skip at the beginning of the list.
---@field status? string Only resources with this status.
---@field id? string Only the resource with this id.
---@field server_id? string Only disks of this server.

---@class cbr.result.list_protectable
---@field instances? cbr.Protectable[] The items.
---@field count? integer Number of all items, on all pages.

---Lists the resources of the project that can be put into a vault.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ListProtectable.html)
---@param params cbr.params.list_protectable
---@param call? cbr.CallOptions
---@return cbr.result.list_protectable? result The resources of one page, and the number of all resources that match.
---@return cbr.Error? err
function client:list_protectable(params, call) end
