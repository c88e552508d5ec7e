---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Policy.operation_definition
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

---@class cbr.Policy.trigger.properties
---@field start_time? string When the schedule begins (UTC).
---@field pattern? string[] Rules as in iCalendar, in UTC.

---@class cbr.Policy.trigger
---@field id? string Id of the schedule.
---@field name? string Name of the schedule.
---@field type? string `time`.
---@field properties? cbr.Policy.trigger.properties The schedule.

---@class cbr.Policy.associated_vaults
---@field vault_id? string Id of the vault.
---@field destination_vault_id? string Id of the vault that receives replicas.

---@class cbr.Policy
---@field id? string Id of the policy.
---@field name? string Name of the policy.
---@field enabled? boolean Whether the policy runs.
---@field operation_type? string `backup` or `replication`.
---@field policy_type? string Who made the policy.
---@field operation_definition? cbr.Policy.operation_definition How long backups are kept, and where replicas go.
---@field trigger? cbr.Policy.trigger When the policy runs.
---@field associated_vaults? cbr.Policy.associated_vaults[] Vaults to which the policy is applied.
