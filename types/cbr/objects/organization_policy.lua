---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.OrganizationPolicy.policy_operation_definition
---@field day_backups? integer How many daily backups are kept.
---@field week_backups? integer How many weekly backups are kept.
---@field month_backups? integer How many monthly backups are kept.
---@field year_backups? integer How many yearly backups are kept.
---@field max_backups? integer How many automatic backups of one resource are kept; -1 means any number.
---@field retention_duration_days? integer For how many days a backup is kept; -1 means for ever.
---@field full_backup_interval? integer After how many incremental backups a full one is made.
---@field timezone? string Time zone in which days, weeks, months and years begin.
---@field destination_region? string Region that receives replicas.
---@field destination_project_id? string Id of the project that receives replicas.
---@field enable_acceleration? boolean Whether replicas are copied over a faster line.

---@class cbr.OrganizationPolicy.policy_trigger.properties
---@field pattern? string[] Rules as in iCalendar, in UTC.

---@class cbr.OrganizationPolicy.policy_trigger
---@field properties? cbr.OrganizationPolicy.policy_trigger.properties The schedule.

---@class cbr.OrganizationPolicy
---@field id? string Id of the organization policy.
---@field name? string Name of the organization policy.
---@field description? string Free text about the organization policy.
---@field status? string State of the policy's deployment.
---@field operation_type? string `backup` or `replication`.
---@field domain_id? string Id of the account that manages the policy.
---@field domain_name? string Name of the account that manages the policy.
---@field effective_scope? string Which accounts or units get the policy.
---@field policy_name? string Name that the policy has in each account.
---@field policy_enabled? boolean Whether the policies run.
---@field policy_operation_definition? cbr.OrganizationPolicy.policy_operation_definition How long backups are kept, and where replicas go.
---@field policy_trigger? cbr.OrganizationPolicy.policy_trigger When the policies run.
