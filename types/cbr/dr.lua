---@meta cbr.dr
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class (exact) cbr.dr.Destination where copies go
---@field region string The region.
---@field project_id? string Its project.
---@field vault_id? string The vault for replicas. `dr.replicate` needs it.
---@field cross_account_urn? string Agency of another account, as the service calls it.

---@class cbr.dr.Room what will travel to a destination
---@field destination_region string Region of the destination.
---@field destination_project_id? string Its project, if it was given.
---@field destination_vault_id? string Its vault, if it was given.
---@field vault_name? string Name of the vault.
---@field copies integer Copies that are missing.
---@field needed_gb number At most so much will travel: the sizes of the resources.
---@field free_gb? number What the vault has left.
---@field has_room? boolean Whether that is enough; nil: unknown. A vault that expands has room.
---@field message? string Why it is unknown.

---@class cbr.dr.Progress what `on_progress` gets
---@field phase string `vaults`, `backups`, `tasks`, `replicas`, `copies`, `deletions` or `resources`.
---@field done integer Steps that are done.
---@field total integer All steps.
---@field row? table The row that has changed, of `copies` and `deletions`.

---@class (exact) cbr.dr.params.copies parameters of dr.copies
---@field vault_ids? string[] The vaults with these ids.
---@field name_prefix? string The vaults whose names begin so.
---@field tags? table<string, string|true> The vaults with these tags; `true` stands for any value.
---@field all? true All vaults of the project.
---@field destinations cbr.dr.Destination[] Where there must be a copy.
---@field rpo string|number How old the newest copy may be: `26h`, or seconds.
---@field lag? string|number How long the newest backup may wait for its copy.
---@field at? string|number The moment for which ages are computed: seconds since 1970, or `2018-02-01T12:00:00Z`.
---@field concurrency? integer The most calls, or copies, in progress at the same time.
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
---@field newest_backup_at? string The moment of its data (UTC).
---@field newest_backup_age? integer Seconds since that moment.
---@field replica_id? string Id of the newest copy.
---@field replica_vault_id? string Its vault.
---@field replica_at? string The moment of its data (UTC), which is that of its source.
---@field replica_age? integer Seconds since that moment.
---@field basis? string What joins it to its source: `record`, `task`, `mark`, or only `resource`.
---@field source_backup_id? string Id of its source.
---@field lag? integer Seconds from the moment of its data to its arrival.
---@field lag_basis? string What tells the arrival: `task`, `replica`, or `order`: then it is a lower bound.
---@field is_late? boolean Whether that is more than the parameter `lag`.
---@field unknown_replicas? integer Replicas of the resource that nothing joins to a source.
---@field message? string The reason in words, of the service or of cbr.
---@field error_kind? string Kind of the error.
---@field error_code? string Code of the service.

---@class cbr.dr.CopiesReport report of dr.copies
---@field kind string `copies`, `replicate`, `prune` or `unprotected`.
---@field version integer 1. It changes when a field gets another meaning.
---@field at string The moment for which ages are computed (UTC).
---@field rpo number Seconds.
---@field lag? number Seconds.
---@field destinations table[] The destinations.
---@field is_green boolean Something is compliant, and everything else cannot be replicated.
---@field totals table<string, integer> Number of `rows`, of those with each verdict, of `vaults`, of `resources`, and of `late` copies.
---@field rows cbr.dr.CopiesRow[] A row for each resource and destination.

---@class (exact) cbr.dr.params.replicate parameters of dr.replicate
---@field vault_ids? string[] The vaults with these ids.
---@field name_prefix? string The vaults whose names begin so.
---@field tags? table<string, string|true> The vaults with these tags; `true` stands for any value.
---@field all? true All vaults of the project.
---@field destinations cbr.dr.Destination[] Where there must be a copy; `vault_id` is needed.
---@field select? { newest?: integer, per?: "day"|"week", last?: integer, since?: number|string } Which backups of each resource: `{ newest = 3 }`, `{ per = "day", last = 7 }` (or `week`), or `{ since = time }`.
---@field method? "backup"|"vault" `backup`: each backup by `copy_backup`. `vault`: whole vaults by `replicate`, which hybrid vaults need.
---@field timeout? string|number No order begins later, and no wait lasts longer.
---@field interval? number Seconds between two polls of a copy.
---@field dry_run? boolean Whether to return the plan only.
---@field store? { get: fun(key: string): string?, any, set: fun(key: string, text: string): any, any } Where to note what was ordered, so that another process can go on.
---@field run? string Name of the run in the store. Runs at the same time need different names.
---@field at? string|number The moment for which ages are computed: seconds since 1970, or `2018-02-01T12:00:00Z`.
---@field concurrency? integer The most calls, or copies, in progress at the same time.
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
---@field backup_at? string The moment of its data (UTC).
---@field status string See the statuses below.
---@field reason? string Why, in one word.
---@field basis? string What shows that the copy is there: `record`, `task`, `mark` or `service`.
---@field replica_id? string Id of the copy.
---@field progress? number Percent.
---@field message? string The reason in words, of the service or of cbr.
---@field error_kind? string Kind of the error.
---@field error_code? string Code of the service.

---@class cbr.dr.ReplicateReport report of dr.replicate
---@field kind string `copies`, `replicate`, `prune` or `unprotected`.
---@field version integer 1. It changes when a field gets another meaning.
---@field at string The moment for which ages are computed (UTC).
---@field dry_run boolean Whether it is a plan.
---@field is_green boolean Something is there or was copied, and everything else cannot be replicated.
---@field totals table<string, integer> Number of `rows`, and of those with each status.
---@field room cbr.dr.Room[] What will travel at most to each destination, and whether there is room.
---@field store_problem? string Why the store could not note the end of the run.
---@field rows cbr.dr.ReplicateRow[] A row for each selected backup and destination.

---@class (exact) cbr.dr.params.prune parameters of dr.prune
---@field vault_id string A vault of replicas.
---@field keep { last?: integer, days?: integer, weeks?: integer } The newest `last`, and the newest of each of the last `days` and `weeks` that have one.
---@field sources? cbr.Client|cbr.Client[] Clients of the projects that hold the source backups: their records and tasks join replicas to sources that have no mark of dr.replicate.
---@field dry_run? boolean Whether to return the plan only.
---@field at? string|number The moment for which ages are computed: seconds since 1970, or `2018-02-01T12:00:00Z`.
---@field concurrency? integer The most calls, or copies, in progress at the same time.
---@field on_progress? fun(progress: cbr.dr.Progress) Gets `{ phase, done, total, row? }` after each step.

---@class cbr.dr.PruneRow a row of a report
---@field vault_id string Id of the vault.
---@field vault_name? string Its name.
---@field resource_id? string Id of the resource.
---@field resource_name? string Its name.
---@field resource_type? string Its type.
---@field replica_id string Id of the replica.
---@field replica_name? string Its name.
---@field replica_at? string The moment of its data (UTC).
---@field replica_age? integer Seconds since that moment.
---@field basis string What joins it to its source: `record`, `task`, `mark`, or only `resource`.
---@field source_backup_id? string Id of its source.
---@field action string `keep`, `delete` (a dry run), `deleted` (the service deletes it), or `failed`.
---@field reason? string Why it is kept.
---@field message? string The reason in words, of the service or of cbr.
---@field error_kind? string Kind of the error.
---@field error_code? string Code of the service.

---@class cbr.dr.PruneReport report of dr.prune
---@field kind string `copies`, `replicate`, `prune` or `unprotected`.
---@field version integer 1. It changes when a field gets another meaning.
---@field at string The moment for which ages are computed (UTC).
---@field dry_run boolean Whether it is a plan.
---@field vault_id string Id of the vault.
---@field vault_name? string Its name.
---@field locked boolean Whether it is locked.
---@field totals table<string, integer> Number of `rows`, and of those with each action.
---@field unread table[] Sources that could not be read.
---@field rows cbr.dr.PruneRow[] A row for each replica.

---@class (exact) cbr.dr.params.unprotected parameters of dr.unprotected
---@field types? string[] Types of resources.
---@field since? string|number Runs before this are not looked at.
---@field at? string|number The moment for which ages are computed: seconds since 1970, or `2018-02-01T12:00:00Z`.
---@field concurrency? integer The most calls, or copies, in progress at the same time.
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
---@field version integer 1. It changes when a field gets another meaning.
---@field at string The moment for which ages are computed (UTC).
---@field is_green boolean There are resources, none has a finding, and everything could be read.
---@field totals table<string, integer> Number of `rows`, of `resources`, and of each finding.
---@field unread table[] What could not be read.
---@field rows cbr.dr.UnprotectedRow[] A row for each resource with a finding.

---@class cbr.dr.Module
local dr = {}

---For each protected resource: its newest backup, its newest copy at each destination as it is seen there, and a verdict. It only reads.
---@param client cbr.Client|cbr.Client[]
---@param params cbr.dr.params.copies
---@return cbr.dr.CopiesReport? report
---@return cbr.Error? err
function dr.copies(client, params) end

---Copies the selected backups of each resource to each destination where they are missing: the newest first, each one at most once. It waits to the end. With `dry_run` it only reads, and returns the plan.
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

---Lists resources that are in no vault; in a vault without a policy for backups or for replications, or with disabled ones; that their last run skipped or failed to back up; and servers without the agent that their vault needs. It only reads. Only Huawei Cloud lists such resources.
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
