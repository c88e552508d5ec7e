---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.unregister_agent
---@field agent_id string Id of the agent.

---Removes an agent, and deletes all of its backups.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/UnregisterAgent.html)
---@param params cbr.params.unregister_agent
---@param call? cbr.CallOptions
---@return true? result `true`.
---@return cbr.Error? err
function client:unregister_agent(params, call) end
