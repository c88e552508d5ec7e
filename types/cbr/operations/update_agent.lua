---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.update_agent
---@field agent_id string Id of the agent.
---@field status "uninstall" The new state.

---Changes the state of an agent.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/UpdateAgent.html)
---@param params cbr.params.update_agent
---@param call? cbr.CallOptions
---@return cbr.Agent? result The changed agent.
---@return cbr.Error? err
function client:update_agent(params, call) end
