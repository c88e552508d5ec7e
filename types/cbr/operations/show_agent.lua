---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.show_agent
---@field agent_id string Id of the agent.

---Shows one agent.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ShowAgent.html)
---@param params cbr.params.show_agent
---@param call? cbr.CallOptions
---@return cbr.Agent? result The agent, with the paths that it backs up.
---@return cbr.Error? err
function client:show_agent(params, call) end
