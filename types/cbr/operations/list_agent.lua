---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.list_agent
---@field limit? integer Largest number of items of one page.
---@field offset? integer Number of items to skip at the beginning of the list.
---@field status? string Only agents with this status.
---@field agent_id? string[] Only the agents with these ids.

---@class cbr.result.list_agent
---@field agents? cbr.Agent[] The items.
---@field count? integer Number of all items, on all pages.

---Lists the agents that back up files.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ListAgent.html)
---@param params cbr.params.list_agent
---@param call? cbr.CallOptions
---@return cbr.result.list_agent? result The agents of one page, and the number of all agents that match.
---@return cbr.Error? err
function client:list_agent(params, call) end
