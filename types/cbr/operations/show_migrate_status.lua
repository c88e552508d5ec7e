---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.show_migrate_status
---@field all_regions? boolean Whether to show the migration in all regions, instead of only in this region.

---@class cbr.result.show_migrate_status.project_status
---@field project_id? string Id of the project.
---@field project_name? string Name of the project.
---@field region_id? string Region of the project.
---@field status? string `migrating`, `success` or `failed`.
---@field progress? integer Percent.
---@field fail_code? integer Code of the reason for a failure.
---@field fail_reason? string Reason for a failure.

---@class cbr.result.show_migrate_status
---@field status? string `migrating`, `success` or `failed`.
---@field project_status? cbr.result.show_migrate_status.project_status[] One entry for each project.

---Shows the progress of the account's migration from the older backup services.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/ShowMigrateStatus.html)
---@param params cbr.params.show_migrate_status
---@param call? cbr.CallOptions
---@return cbr.result.show_migrate_status? result The state of each project.
---@return cbr.Error? err
function client:show_migrate_status(params, call) end
