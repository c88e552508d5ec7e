---@meta cbr.dr
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class (exact) cbr.dr.Destination where copies go
---@field region string The region to which backups are copied.
---@field project_id? string Id of the project in that region.
---@field vault_id? string Id of the vault that gets the copies; mandatory for `dr.replicate`.
---@field cross_account_urn? string URN of the agency for a destination in another account.

---@class cbr.dr.Room the missing copies of a destination, and the free space of its vault
---@field destination_region string Region of the destination.
---@field destination_project_id? string Project of the destination, if the call named the project.
---@field destination_vault_id? string Vault of the destination, if the call named the vault.
---@field vault_name? string Name of the vault.
---@field copies integer Number of missing copies.
---@field needed_gb number Upper bound of the size of the missing copies: the sum of the resources' sizes.
---@field free_gb? number Free space of the vault.
---@field has_room? boolean Whether the free space is enough; nil: unknown. A vault that expands automatically has room.
---@field message? string Why `has_room` is unknown.

---@class cbr.dr.Progress what `on_progress` gets
---@field phase string The present phase: `vaults`, `backups`, `tasks`, `replicas`, `copies`, `deletions` or `resources`.
---@field done integer Number of steps of the phase that are done.
---@field total integer Number of all steps of the phase.
---@field row? table The row that has changed, in the phases `copies` and `deletions`.

---@class (exact) cbr.dr.params.copies parameters of dr.copies
---@field vault_ids? string[] The vaults with these ids.
---@field name_prefix? string The vaults whose names begin with this text.
---@field tags? table<string, string|true> The vaults with these tags: key and value, where `true` means any value.
---@field all? true All vaults of the project.
---@field destinations cbr.dr.Destination[] Where each resource must have a copy.
---@field rpo string|number Maximum age of the newest copy: a duration such as `26h`, or seconds.
---@field lag? string|number Maximum time from a backup to the arrival of its copy: a duration, or seconds.
---@field at? string|number The time for which ages are computed: seconds since 1970, or `2018-02-01T12:00:00Z`.
---@field concurrency? integer Maximum number of concurrent calls, or of copies in progress.
---@field on_progress? fun(progress: cbr.dr.Progress) Is called after each step, with `{ phase, done, total, row? }`.

---@class cbr.dr.CopiesRow a row of a report
---@field region? string Region of the client.
---@field project_id? string Id of the client's project.
---@field vault_id? string Id of the vault.
---@field vault_name? string Name of the vault.
---@field resource_id? string Id of the resource.
---@field resource_name? string Name of the resource.
---@field resource_type? string Type of the resource, such as `OS::Nova::Server`.
---@field destination_region string Region of the destination.
---@field destination_project_id? string Project of the destination, if the call named the project.
---@field destination_vault_id? string Vault of the destination, if the call named the vault.
---@field size_gb? number Size of the resource in GB. The service does not report the size of a backup.
---@field verdict string `compliant`, `stale`, `uncopied`, `not_replicable`, `unknown_age` or `unread`.
---@field reason? string Reason of the verdict, in one word.
---@field newest_backup_id? string Id of the newest complete backup.
---@field newest_backup_name? string Name of that backup.
---@field newest_backup_at? string Time of the data in that backup (UTC).
---@field newest_backup_age? integer Age of the data in that backup, in seconds.
---@field replica_id? string Id of the newest copy.
---@field replica_vault_id? string Id of the vault of that copy.
---@field replica_at? string Time of the data in that copy (UTC), as in the backup that was copied.
---@field replica_age? integer Age of the data in that copy, in seconds.
---@field basis? string How the source backup of that copy is known: by `record`, `task`, `mark` (in the description), or only by `resource`.
---@field source_backup_id? string Id of the source backup of that copy.
---@field lag? integer Seconds from the time of the data in that copy to the arrival of the copy.
---@field lag_basis? string Source of the arrival time: `task`, `replica` or `order`. With `order`, `lag` is a lower bound.
---@field is_late? boolean Whether the row's `lag` is more than the parameter `lag`.
---@field unknown_replicas? integer Number of replicas of the resource with an unknown source backup.
---@field message? string The reason of a failure, in the words of the service or of cbr.
---@field error_kind? string Kind of the error.
---@field error_code? string Code of the service.

---@class cbr.dr.CopiesReport report of dr.copies
---@field kind string `copies`, `replicate`, `prune` or `unprotected`.
---@field version integer Version of the report's format, now 1. A new version means that the meaning of a field has changed.
---@field at string The time for which ages are computed (UTC).
---@field rpo number The parameter `rpo` in seconds.
---@field lag? number The parameter `lag` in seconds.
---@field destinations table[] The destinations.
---@field is_green boolean True if at least one row is compliant, and all other rows are not replicable.
---@field totals table<string, integer> Number of `rows`, of rows with each verdict, of `vaults`, of `resources`, and of `late` copies.
---@field rows cbr.dr.CopiesRow[] A row for each resource and destination.

---@class (exact) cbr.dr.params.replicate parameters of dr.replicate
---@field vault_ids? string[] The vaults with these ids.
---@field name_prefix? string The vaults whose names begin with this text.
---@field tags? table<string, string|true> The vaults with these tags: key and value, where `true` means any value.
---@field all? true All vaults of the project.
---@field destinations cbr.dr.Destination[] Where each selected backup must have a copy. Each destination needs `vault_id`.
---@field select? { newest?: integer, per?: "day"|"week", last?: integer, since?: number|string } Which backups of each resource to copy: `{ newest = 3 }`, `{ per = "day", last = 7 }` (or `week`), or `{ since = time }`.
---@field method? "backup"|"vault" `backup` copies single backups (`copy_backup`). `vault` copies whole vaults (`replicate`), which is needed for hybrid vaults.
---@field timeout? string|number After this time, no order begins, and no wait continues.
---@field interval? number Seconds between two polls of a copy.
---@field dry_run? boolean Whether only to return the plan.
---@field store? { get: fun(key: string): string?, any, set: fun(key: string, text: string): any, any } Where to record the orders, so that another process can resume the run.
---@field run? string Name of the run in the store. Concurrent runs need different names.
---@field keep_open? boolean Whether the run stays open after its last copy has ended. Then each later call with this name resumes the run. A copy that was accepted, and then failed or was skipped, is not ordered again. A rejected order is placed again.
---@field at? string|number The time for which ages are computed: seconds since 1970, or `2018-02-01T12:00:00Z`.
---@field concurrency? integer Maximum number of concurrent calls, or of copies in progress.
---@field on_progress? fun(progress: cbr.dr.Progress) Is called after each step, with `{ phase, done, total, row? }`.

---@class cbr.dr.ReplicateRow a row of a report
---@field region? string Region of the client.
---@field project_id? string Id of the client's project.
---@field vault_id? string Id of the vault.
---@field vault_name? string Name of the vault.
---@field resource_id? string Id of the resource.
---@field resource_name? string Name of the resource.
---@field resource_type? string Type of the resource, such as `OS::Nova::Server`.
---@field destination_region string Region of the destination.
---@field destination_project_id? string Project of the destination, if the call named the project.
---@field destination_vault_id? string Vault of the destination, if the call named the vault.
---@field size_gb? number Size of the resource in GB. The service does not report the size of a backup.
---@field backup_id? string Id of the backup.
---@field backup_name? string Name of the backup.
---@field backup_at? string Time of the data in the backup (UTC).
---@field status string Status of the copy: see the statuses of a row.
---@field reason? string Reason of the status, in one word.
---@field basis? string How the copy was found: `record`, `task`, `mark` or `service`.
---@field replica_id? string Id of the copy.
---@field progress? number Progress of the copy in percent.
---@field message? string The reason of a failure, in the words of the service or of cbr.
---@field error_kind? string Kind of the error.
---@field error_code? string Code of the service.

---@class cbr.dr.ReplicateReport report of dr.replicate
---@field kind string `copies`, `replicate`, `prune` or `unprotected`.
---@field version integer Version of the report's format, now 1. A new version means that the meaning of a field has changed.
---@field at string The time for which ages are computed (UTC).
---@field dry_run boolean Whether the report is only a plan.
---@field is_green boolean True if at least one copy is there or was made, and all other rows are not replicable.
---@field totals table<string, integer> Number of `rows`, and of rows with each status.
---@field room cbr.dr.Room[] For each destination, the size of the missing copies, and whether the vault has room for them.
---@field store_problem? string Why the end of the run could not be written to the store.
---@field rows cbr.dr.ReplicateRow[] A row for each selected backup and destination.

---@class (exact) cbr.dr.params.prune parameters of dr.prune
---@field vault_id string Id of the replication vault.
---@field keep { last?: integer, days?: integer, weeks?: integer } What to keep of each resource: the `last` newest replicas, and the newest replica of each of the last `days` days and `weeks` weeks that have a replica.
---@field sources? cbr.Client|cbr.Client[] Clients of the projects that hold the source backups: their records and tasks name the sources of replicas whose description does not name the source.
---@field dry_run? boolean Whether only to return the plan.
---@field at? string|number The time for which ages are computed: seconds since 1970, or `2018-02-01T12:00:00Z`.
---@field concurrency? integer Maximum number of concurrent calls, or of copies in progress.
---@field on_progress? fun(progress: cbr.dr.Progress) Is called after each step, with `{ phase, done, total, row? }`.

---@class cbr.dr.PruneRow a row of a report
---@field vault_id string Id of the vault.
---@field vault_name? string Name of the vault.
---@field resource_id? string Id of the resource.
---@field resource_name? string Name of the resource.
---@field resource_type? string Type of the resource.
---@field replica_id string Id of the replica.
---@field replica_name? string Name of the replica.
---@field replica_at? string Time of the data in the replica (UTC).
---@field replica_age? integer Age of the data in the replica, in seconds.
---@field basis string How the source backup of the replica is known: by `record`, `task`, `mark` (in the description), or only by `resource`.
---@field source_backup_id? string Id of the source backup of the replica.
---@field action string `keep`, `delete` (planned by a dry run), `deleted` (accepted by the service), or `failed`.
---@field reason? string Why the replica is kept.
---@field message? string The reason of a failure, in the words of the service or of cbr.
---@field error_kind? string Kind of the error.
---@field error_code? string Code of the service.

---@class cbr.dr.PruneReport report of dr.prune
---@field kind string `copies`, `replicate`, `prune` or `unprotected`.
---@field version integer Version of the report's format, now 1. A new version means that the meaning of a field has changed.
---@field at string The time for which ages are computed (UTC).
---@field dry_run boolean Whether the report is only a plan.
---@field vault_id string Id of the vault.
---@field vault_name? string Name of the vault.
---@field locked boolean Whether the vault is locked.
---@field totals table<string, integer> Number of `rows`, and of rows with each action.
---@field unread table[] Projects of source backups that could not be read.
---@field rows cbr.dr.PruneRow[] A row for each replica.

---@class (exact) cbr.dr.params.unprotected parameters of dr.unprotected
---@field types? string[] Types of resources.
---@field since? string|number How old the backup tasks that are read may be: a duration such as `3d`, or seconds.
---@field at? string|number The time for which ages are computed: seconds since 1970, or `2018-02-01T12:00:00Z`.
---@field concurrency? integer Maximum number of concurrent calls, or of copies in progress.
---@field on_progress? fun(progress: cbr.dr.Progress) Is called after each step, with `{ phase, done, total, row? }`.

---@class cbr.dr.UnprotectedRow a row of a report
---@field region? string Region of the client.
---@field project_id? string Id of the client's project.
---@field vault_id? string Id of the vault.
---@field vault_name? string Name of the vault.
---@field resource_id? string Id of the resource.
---@field resource_name? string Name of the resource.
---@field resource_type? string Type of the resource, such as `OS::Nova::Server`.
---@field size_gb? number Size of the resource in GB. The service does not report the size of a backup.
---@field findings string[] What is wrong: `no_vault`, `no_backup_policy`, `backup_policy_disabled`, `no_replication_policy`, `replication_policy_disabled`, `last_run_skipped`, `last_run_failed` or `agent_missing`.

---@class cbr.dr.UnprotectedReport report of dr.unprotected
---@field kind string `copies`, `replicate`, `prune` or `unprotected`.
---@field version integer Version of the report's format, now 1. A new version means that the meaning of a field has changed.
---@field at string The time for which ages are computed (UTC).
---@field is_green boolean True if there are resources, no resource has a finding, and everything could be read.
---@field totals table<string, integer> Number of `rows`, of `resources`, and of each finding.
---@field unread table[] What could not be read.
---@field rows cbr.dr.UnprotectedRow[] A row for each resource with a finding.

---@class cbr.dr.Module
local dr = {}

---Reports the newest backup of each protected resource, its newest copy in each destination, and a verdict. It only reads.
---@param client cbr.Client|cbr.Client[]
---@param params cbr.dr.params.copies
---@return cbr.dr.CopiesReport? report
---@return cbr.Error? err
function dr.copies(client, params) end

---Copies the selected backups of each resource to each destination that lacks them: the newest backup first, and each backup at most once. It waits until the copies have ended. With `dry_run` it only reads, and returns the plan.
---@param client cbr.Client|cbr.Client[]
---@param params cbr.dr.params.replicate
---@return cbr.dr.ReplicateReport? report
---@return cbr.Error? err
function dr.replicate(client, params) end

---Keeps those replicas in a vault that a rule selects for each resource, and deletes the others. Without `dry_run = false` it only reads, and returns the plan. It never deletes the last good replica of a resource, a replica whose source is unknown, or anything in a locked vault.
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
