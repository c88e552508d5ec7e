---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.register_agent
---@field agent_id string Id of the agent.
---@field host_name string Name of the machine.
---@field host_ip string Address of the machine.
---@field host_os string Operating system of the machine.
---@field host_nickname? string Another name of the machine, for people to read.
---@field agent_version? string Version of the agent.
---@field agent_type? string Type of the agent.

---Registers an agent. The agent itself calls this operation.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/RegisterAgent.html)
---@param params cbr.params.register_agent
---@param call? cbr.CallOptions
---@return cbr.Agent? result The new agent.
---@return cbr.Error? err
function client:register_agent(params, call) end
