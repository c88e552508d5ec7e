---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.check_agent.agent_status
---@field resource_id string Id of the server.
---@field resource_name? string Name of the server.
---@field resource_type "OS::Nova::Server"|"OS::Cinder::Volume"|"OS::Sfs::Turbo"|"OS::Ironic::BareMetalServer"|"OS::Native::Server"|"OS::VMware::Server"|"OS::Workspace::DesktopV2"|string Type of the server.

---@class (exact) cbr.params.check_agent
---@field agent_status cbr.params.check_agent.agent_status[] The servers to check.

---@class cbr.result.check_agent.agent_status
---@field resource_id? string Id of the server.
---@field installed? boolean Whether the agent is installed.
---@field version? string Version of the agent.
---@field is_old? boolean Whether a newer agent exists.
---@field message? string Why the agent cannot be used.
---@field code? integer Code of the reason in `message`.

---@class cbr.result.check_agent
---@field agent_status? cbr.result.check_agent.agent_status[] One entry for each server.

---Checks whether servers have the agent that makes backups consistent for applications.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/CheckAgent.html)
---@param params cbr.params.check_agent
---@param call? cbr.CallOptions
---@return cbr.result.check_agent? result The state of the agent on each server.
---@return cbr.Error? err
function client:check_agent(params, call) end
