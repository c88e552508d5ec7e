---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.list_domain_projects
---@field domain_name string Name of the account.

---@class cbr.result.list_domain_projects.projects
---@field project_id? string Id of the project.
---@field project_name? string Name of the project.

---@class cbr.result.list_domain_projects
---@field projects? cbr.result.list_domain_projects.projects[] The items.

---Lists the projects of an account, to share backups with them.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ListDomainProjects.html)
---@param params cbr.params.list_domain_projects
---@param call? cbr.CallOptions
---@return cbr.result.list_domain_projects? result The projects.
---@return cbr.Error? err
function client:list_domain_projects(params, call) end
