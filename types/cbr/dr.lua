---@meta cbr.dr
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class (exact) cbr.dr.Destination where copies go
---@field region string The region.
---@field project_id? string Its project.
---@field vault_id? string The vault for replicas. `dr.replicate` needs it.
---@field cross_account_urn? string Agency of another account, as the service calls it.

---@class cbr.dr.Room the missing copies of a destination, and the room of its vault
---@field destination_region string Region of the destination.
---@field destination_project_id? string Its project, if it was given.
---@field destination_vault_id? string Its vault, if it was given.
---@field vault_name? string Name of the vault.
---@field copies integer Copies that are missing.
---@field needed_gb number Upper bound of their size: the sum of the sizes of the resources.
---@field free_gb? number Free space of the vault.
---@field has_room? boolean Whether that is enough; nil: unknown. A vault that expands has room.
---@field message? string Why it is unknown.

---@class cbr.dr.Progress what `on_progress` gets
---@field phase string `vaults`, `backups`, `tasks`, `replicas`, `copies`, `deletions` or `resources`.
---@field done integer Steps that are done.
---@field total integer All steps.
---@field row? table The row that has changed, of `copies` and `deletions`.

---@class (exact) cbr.dr.params.copies parameters of dr.copies
---@field vault_ids? string[] The vaults with these ids.
---@field name_prefix? string The vaults whose names begin with this text.
---@field tags? table<string, string|true> The vaults with these tags; `true` stands for any value.
---@field all? true All vaults of the project.
---@field destinations cbr.dr.Destination[] Where there must be a copy.
---@field rpo string|number How old the newest copy may be: `26h`, or seconds.
---@field lag? string|number How long the newest backup may wait for its copy.
---@field at? string|number The time for which ages are computed: seconds since 1970, or `2018-02-01T12:00:00Z`.
---@field concurrency? integer Maximum number of concurrent calls, or of copies in progress.
---@field on_progress? fun(progress: cbr.dr.Progress) Gets `{ phase, done, total, row? }` after each step.

---@class cbr.dr.CopiesRow a row of a report
---@field region? string Region of the client.
---@field project_id? string Its project.
---@field vault_id? string Id of the vault.
---@field vault_name? string Its name.
---@field resource_id? string Id of the resource.
---@field resource_name? string Its name.
---@field resource_type? string Its type, such as `OS::Nova::Server`.
---@field destination_region string Region of the destination.
---@field destination_project_id? string Its project, if it was given.
---@field destination_vault_id? string Its vault, if it was given.
---@field size_gb? number Size of the resource in GB: no field of the service tells that of a backup.
---@field verdict string `compliant`, `stale`, `uncopied`, `not_replicable`, `unknown_age` or `unread`.
---@field reason? string Why, in one word.
---@field newest_backup_id? string Id of the newest complete backup.
---@field newest_backup_name? string Its name.
---@field newest_backup_at? string Its data time (UTC).
---@field newest_backup_age? integer Seconds since its data time.
---@field replica_id? string Id of the newest copy.
---@field replica_vault_id? string Its vault.
---@field replica_at? string Its data time (UTC), which is that of its source.
---@field replica_age? integer Seconds since its data time.
---@field basis? string What assigns it to its source: `record`, `task`, `mark`, or only `resource`.
---@field source_backup_id? string Id of its source.
---@field lag? integer Seconds from its data time to its arrival.
---@field lag_basis? string Source of the arrival time: `task`, `replica` or `order`. With `order`, `lag` is a lower bound.
---@field is_late? boolean Whether that is more than the parameter `lag`.
---@field unknown_replicas? integer Number of replicas of the resource whose source is unknown.
---@field message? string The reason in words, of the service or of cbr.
---@field error_kind? string Kind of the error.
---@field error_code? string Code of the service.

---@class cbr.dr.CopiesReport report of dr.copies
---@field kind string `copies`, `replicate`, `prune` or `unprotected`.
---@field version integer 1. It changes if the meaning of a field changes.
---@field at string The time for which ages are computed (UTC).
---@field rpo number Seconds.
---@field lag? number Seconds.
---@field destinations table[] The destinations.
---@field is_green boolean Something is compliant, and everything else cannot be replicated.
---@field totals table<string, integer> Number of `rows`, of those with each verdict, of `vaults`, of `resources`, and of `late` copies.
---@field rows cbr.dr.CopiesRow[] A row for each resource and destination.

---@class (exact) cbr.dr.params.replicate parameters of dr.replicate
---@field vault_ids? string[] The vaults with these ids.
---@field name_prefix? string The vaults whose names begin with this text.
---@field tags? table<string, string|true> The vaults with these tags; `true` stands for any value.
---@field all? true All vaults of the project.
---@field destinations cbr.dr.Destination[] Where there must be a copy; `vault_id` is needed.
---@field select? { newest?: integer, per?: "day"|"week", last?: integer, since?: number|string } Which backups of each resource: `{ newest = 3 }`, `{ per = "day", last = 7 }` (or `week`), or `{ since = time }`.
---@field method? "backup"|"vault" `backup`: each backup by `copy_backup`. `vault`: whole vaults by `replicate`, which hybrid vaults need.
---@field timeout? string|number No order begins later, and no wait lasts longer.
---@field interval? number Seconds between two polls of a copy.
---@field dry_run? boolean Whether to return the plan only.
---@field store? { get: fun(key: string): string?, any, set: fun(key: string, text: string): any, any } Where to record the orders, so that another process can resume the run.
---@field run? string Name of the run in the store. Concurrent runs need different names.
---@field at? string|number The time for which ages are computed: seconds since 1970, or `2018-02-01T12:00:00Z`.
---@field concurrency? integer Maximum number of concurrent calls, or of copies in progress.
---@field on_progress? fun(progress: cbr.dr.Progress) Gets `{ phase, done, total, row? }` after each step.

---@class cbr.dr.ReplicateRow a row of a report
---@field region? string Region of the client.
---@field project_id? string Its project.
---@field vault_id? string Id of the vault.
---@field vault_name? string Its name.
---@field resource_id? string Id of the resource.
---@field resource_name? string Its name.
---@field resource_type? string Its type, such as `OS::Nova::Server`.
---@field destination_region string Region of the destination.
---@field destination_project_id? string Its project, if it was given.
---@field destination_vault_id? string Its vault, if it was given.
---@field size_gb? number Size of the resource in GB: no field of the service tells that of a backup.
---@field backup_id? string Id of the backup.
---@field backup_name? string Its name.
---@field backup_at? string Its data time (UTC).
---@field status string See the statuses below.
---@field reason? string Why, in one word.
---@field basis? string How the copy was found: `record`, `task`, `mark` or `service`.
---@field replica_id? string Id of the copy.
---@field progress? number Percent.
---@field message? string The reason in words, of the service or of cbr.
---@field error_kind? string Kind of the error.
---@field error_code? string Code of the service.

---@class cbr.dr.ReplicateReport report of dr.replicate
---@field kind string `copies`, `replicate`, `prune` or `unprotected`.
---@field version integer 1. It changes if the meaning of a field changes.
---@field at string The time for which ages are computed (UTC).
---@field dry_run boolean Whether it is a plan.
---@field is_green boolean Something is there or was copied, and everything else cannot be replicated.
---@field totals table<string, integer> Number of `rows`, and of those with each status.
---@field room cbr.dr.Room[] Upper bound of the size of the missing copies, and whether there is room.
---@field store_problem? string Why the end of the run could not be written to the store.
---@field rows cbr.dr.ReplicateRow[] A row for each selected backup and destination.

---@class (exact) cbr.dr.params.prune parameters of dr.prune
---@field vault_id string A replication vault.
---@field keep { last?: integer, days?: integer, weeks?: integer } The newest `last`, and the newest of each of the last `days` and `weeks` that have one.
---@field sources? cbr.Client|cbr.Client[] Clients of the projects that hold the source backups: their records and tasks name the sources of replicas without a mark of dr.replicate.
---@field dry_run? boolean Whether to return the plan only.
---@field at? string|number The time for which ages are computed: seconds since 1970, or `2018-02-01T12:00:00Z`.
---@field concurrency? integer Maximum number of concurrent calls, or of copies in progress.
---@field on_progress? fun(progress: cbr.dr.Progress) Gets `{ phase, done, total, row? }` after each step.

---@class cbr.dr.PruneRow a row of a report
---@field vault_id string Id of the vault.
---@field vault_name? string Its name.
---@field resource_id? string Id of the resource.
---@field resource_name? string Its name.
---@field resource_type? string Its type.
---@field replica_id string Id of the replica.
---@field replica_name? string Its name.
---@field replica_at? string Its data time (UTC).
---@field replica_age? integer Seconds since its data time.
---@field basis string What assigns it to its source: `record`, `task`, `mark`, or only `resource`.
---@field source_backup_id? string Id of its source.
---@field action string `keep`, `delete` (a dry run), `deleted` (the service deletes it), or `failed`.
---@field reason? string Why the replica is kept.
---@field message? string The reason in words, of the service or of cbr.
---@field error_kind? string Kind of the error.
---@field error_code? string Code of the service.

---@class cbr.dr.PruneReport report of dr.prune
---@field kind string `copies`, `replicate`, `prune` or `unprotected`.
---@field version integer 1. It changes if the meaning of a field changes.
---@field at string The time for which ages are computed (UTC).
---@field dry_run boolean Whether it is a plan.
---@field vault_id string Id of the vault.
---@field vault_name? string Its name.
---@field locked boolean Whether it is locked.
---@field totals table<string, integer> Number of `rows`, and of those with each action.
---@field unread table[] Sources that could not be read.
---@field rows cbr.dr.PruneRow[] A row for each replica.

---@class (exact) cbr.dr.params.unprotected parameters of dr.unprotected
---@field types? string[] Types of resources.
---@field since? string|number How far back backup tasks are read: older ones are ignored.
---@field at? string|number The time for which ages are computed: seconds since 1970, or `2018-02-01T12:00:00Z`.
---@field concurrency? integer Maximum number of concurrent calls, or of copies in progress.
---@field on_progress? fun(progress: cbr.dr.Progress) Gets `{ phase, done, total, row? }` after each step.

---@class cbr.dr.UnprotectedRow a row of a report
---@field region? string Region of the client.
---@field project_id? string Its project.
---@field vault_id? string Id of the vault.
---@field vault_name? string Its name.
---@field resource_id? string Id of the resource.
---@field resource_name? string Its name.
---@field resource_type? string Its type, such as `OS::Nova::Server`.
---@field size_gb? number Size of the resource in GB: no field of the service tells that of a backup.
---@field findings string[] `no_vault`, `no_backup_policy`, `backup_policy_disabled`, `no_replication_policy`, `replication_policy_disabled`, `last_run_skipped`, `last_run_failed`, `agent_missing`.

---@class cbr.dr.UnprotectedReport report of dr.unprotected
---@field kind string `copies`, `replicate`, `prune` or `unprotected`.
---@field version integer 1. It changes if the meaning of a field changes.
---@field at string The time for which ages are computed (UTC).
---@field is_green boolean There are resources, none has a finding, and everything could be read.
---@field totals table<string, integer> Number of `rows`, of `resources`, and of each finding.
---@field unread table[] What could not be read.
---@field rows cbr.dr.UnprotectedRow[] A row for each resource with a finding.

---@class cbr.dr.Module
local dr = {}

---Reports, for each protected resource, its newest backup, its newest copy in the list of each destination, and a verdict. It only reads.
---@param client cbr.Client|cbr.Client[]
---@param params cbr.dr.params.copies
---@return cbr.dr.CopiesReport? report
---@return cbr.Error? err
function dr.copies(client, params) end

---Copies the selected backups of each resource to each destination that does not have them, the newest first, each one at most once. It waits until the copies have ended. With `dry_run` it only reads, and returns the plan.
---@param client cbr.Client|cbr.Client[]
---@param params cbr.dr.params.replicate
---@return cbr.dr.ReplicateReport? report
---@return cbr.Error? err
function dr.replicate(client, params) end

---Keeps the newest replicas of each resource in a vault by a rule, and deletes the others. Without `dry_run = false` it only reads, and returns the plan. It never deletes the last good replica of a resource, nor one whose source is unknown, nor anything in a locked vault.
---@param client cbr.Client|cbr.Client[]
---@param params cbr.dr.params.prune
---@return cbr.dr.PruneReport? report
---@return cbr.Error? err
function dr.prune(client, params) end

---Reports resources that are in no vault, resources whose vault has no enabled backup or replication policy, resources whose last backup failed or was skipped, and servers without the agent that their vault needs. It only reads. Only Huawei Cloud lists resources that can be protected.
---@param client cbr.Client|cbr.Client[]
---@param params cbr.dr.params.unprotected
---@return cbr.dr.UnprotectedReport? report
---@return cbr.Error? err
function dr.unprotected(client, params) end

---A report as text: a table of at most 80 characters a line, the reasons, and the sums in words.
---@param report table of a function of cbr.dr
---@return string
function dr.text(report) end

---A report in the text format of Prometheus.
---@param report table of a function of cbr.dr
---@return string
function dr.prometheus(report) end

return dr
