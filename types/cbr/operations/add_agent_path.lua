---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.add_agent_path.exclude_path
---@field path_name? string The path that is backed up.
---@field exclude_path_name? string[] Paths inside `path_name` that are left out.

---@class (exact) cbr.params.add_agent_path
---@field agent_id string Id of the agent.
---@field add_path string[] The paths to add.
---@field exclude_path? cbr.params.add_agent_path.exclude_path[] Paths that are left out of the backups.

---@class cbr.result.add_agent_path
---@field added? string[] Paths that are new.
---@field existed? string[] Paths that existed already.

---Adds paths that an agent backs up.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/AddAgentPath.html)
---@param params cbr.params.add_agent_path
---@param call? cbr.CallOptions
---@return cbr.result.add_agent_path? result Which paths are new, and which existed already.
---@return cbr.Error? err
function client:add_agent_path(params, call) end
