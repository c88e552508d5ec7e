---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.remove_agent_path
---@field agent_id string Id of the agent.
---@field remove_path string[] The paths to remove.

---@class cbr.result.remove_agent_path
---@field removed? string[] Paths that were removed.
---@field not_existed? string[] Paths that did not exist.

---Removes paths that an agent backs up.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/RemoveAgentPath.html)
---@param params cbr.params.remove_agent_path
---@param call? cbr.CallOptions
---@return cbr.result.remove_agent_path? result Which paths were removed, and which did not exist.
---@return cbr.Error? err
function client:remove_agent_path(params, call) end
