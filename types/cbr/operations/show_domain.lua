---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.show_domain
---@field source_project_id string Id of the project.

---@class cbr.result.show_domain
---@field project_id? string Id of the project.
---@field project_name? string Name of the project.
---@field domain_id? string Id of the account.
---@field domain_name? string Name of the account.

---Shows the account that owns a project, for example a project that shares a backup.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ShowDomain.html)
---@param params cbr.params.show_domain
---@param call? cbr.CallOptions
---@return cbr.result.show_domain? result The project and its account.
---@return cbr.Error? err
function client:show_domain(params, call) end
