---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---@class (exact) cbr.params.create_organization_policy.policy_operation_definition
---@field day_backups? integer How many daily backups to keep: the last one of each day. `timezone` must be set, too.
---@field week_backups? integer How many weekly backups to keep: the last one of each week. `timezone` must be set, too.
---@field month_backups? integer How many monthly backups to keep: the last one of each month. `timezone` must be set, too.
---@field year_backups? integer How many yearly backups to keep: the last one of each year. `timezone` must be set, too.
---@field max_backups? integer How many automatic backups of one resource to keep; -1 means any number.
---@field retention_duration_days? integer For how many days to keep a backup; -1 means for ever.
---@field full_backup_interval? integer After how many incremental backups a full one is made; -1 means never, 0 means always.
---@field timezone? string Time zone in which days, weeks, months and years begin.
---@field destination_region? string Region that receives replicas; needed to make replicas.
---@field destination_project_id? string Id of the project that receives replicas.
---@field enable_acceleration? boolean Whether to copy over a faster line, which costs extra; not every account may set this.
---@field cross_account_urn? string URN of the destination, for a copy in another account.

---@class (exact) cbr.params.create_organization_policy.policy_trigger.properties
---@field pattern string[] Up to 24 rules as in iCalendar, in UTC: `FREQ=DAILY;INTERVAL=1;BYHOUR=2;BYMINUTE=0`.

---@class (exact) cbr.params.create_organization_policy.policy_trigger
---@field properties cbr.params.create_organization_policy.policy_trigger.properties The schedule.

---@class (exact) cbr.params.create_organization_policy
---@field name string Name of the organization policy.
---@field description? string Free text about the organization policy.
---@field operation_type "backup"|"replication" Whether the policy makes backups or replicas.
---@field policy_name string Name of the policies that the accounts get.
---@field policy_enabled boolean Whether the policies run.
---@field policy_operation_definition cbr.params.create_organization_policy.policy_operation_definition How long backups are kept, and where replicas go.
---@field policy_trigger cbr.params.create_organization_policy.policy_trigger When the policies run.
---@field effective_scope? string Which accounts or units of the organization get the policy.

---Creates a policy in the accounts of the organization.
---
---[API page](https://support.huaweicloud.com/intl/en-us/api-cbr/CreateOrganizationPolicy.html)
---@param params cbr.params.create_organization_policy
---@param call? cbr.CallOptions
---@return cbr.OrganizationPolicy? result The new organization policy.
---@return cbr.Error? err
function client:create_organization_policy(params, call) end
