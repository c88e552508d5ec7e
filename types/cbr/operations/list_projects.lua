---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.list_projects

---@class cbr.result.list_projects.projects.links
---@field self? string URL of the project.

---@class cbr.result.list_projects.projects
---@field id? string Id of the project.
---@field name? string Name of the project; a region's main project has the name of the region.
---@field domain_id? string Id of the account.
---@field parent_id? string Id of the account or project that contains the project.
---@field enabled? boolean Whether the project can be used.
---@field is_domain? boolean Whether the entry stands for the account itself.
---@field description? string Free text about the project.
---@field links? cbr.result.list_projects.projects.links Where the project is shown.

---@class cbr.result.list_projects.links
---@field self? string URL of the list.

---@class cbr.result.list_projects
---@field projects? cbr.result.list_projects.projects[] The items.
---@field links? cbr.result.list_projects.links Where the list is shown.

---Lists the account's projects in all regions, for example to choose a project for replicas.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ListProjects.html)
---@param params cbr.params.list_projects
---@param call? cbr.CallOptions
---@return cbr.result.list_projects? result The projects.
---@return cbr.Error? err
function client:list_projects(params, call) end
