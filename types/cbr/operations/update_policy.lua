---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.update_policy.operation_definition
---@field day_backups? integer How many daily backups to keep: the last one of each day. `timezone` must be set, too.
---@field week_backups? integer How many weekly backups to keep: the last one of each week. `timezone` must be set, too.
---@field month_backups? integer How many monthly backups to keep: the last one of each month. `timezone` must be set, too.
---@field year_backups? integer How many yearly backups to keep: the last one of each year. `timezone` must be set, too.
---@field max_backups? integer How many automatic backups of one resource to keep; -1 means any number.
---@field retention_duration_days? integer For how many days to keep a backup; -1 means for ever.
---@field full_backup_interval? integer After how many incremental backups a full one is made; -1 means never, 0 means always.
---@field timezone? string Time zone in which days, weeks, months and years begin.
---@field destination_region? string Region that receives replicas; needed if the policy makes replicas.
---@field destination_project_id? string Id of the project that receives replicas.
---@field enable_acceleration? boolean Whether to copy over a faster line, which costs extra; not every account may set this.
---@field cross_account_urn? string URN of the destination, for a copy in another account.

---@class (exact) cbr.params.update_policy.trigger.properties
---@field pattern string[] Up to 24 rules as in iCalendar, in UTC: `FREQ=DAILY;INTERVAL=1;BYHOUR=2;BYMINUTE=0`.

---@class (exact) cbr.params.update_policy.trigger
---@field properties cbr.params.update_policy.trigger.properties The schedule.

---@class (exact) cbr.params.update_policy
---@field policy_id string Id of the policy.
---@field enabled? boolean Whether the policy runs.
---@field name? string The new name.
---@field operation_definition? cbr.params.update_policy.operation_definition How long backups are kept, and where replicas go.
---@field trigger? cbr.params.update_policy.trigger When the policy runs.

---Changes a policy. Settings that are not given do not change.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/UpdatePolicy.html)
---@param params cbr.params.update_policy
---@param call? cbr.CallOptions
---@return cbr.Policy? result The changed policy.
---@return cbr.Error? err
function client:update_policy(params, call) end
