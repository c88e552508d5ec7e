--- What the parameters of cbr.dr's functions and the fields of their reports mean. Each parameter has { meaning,
-- default, type? }, and each field has { name, type, meaning }.

local follow = require "cbr.follow.follow"

local CLIENT = "cbr.Client|cbr.Client[]"

local SELECTION = {
  vault_ids = {
    "The vaults with these ids.", "one of `vault_ids`, `name_prefix`, `tags` and `all` is needed", "string[]",
  },
  name_prefix = { "The vaults whose names begin with this text.", "" },
  tags = {
    "The vaults with these tags: key and value, where `true` means any value.", "", "table<string, string|true>",
  },
  all = { "All vaults of the project.", "", "true" },
}

local COMMON = {
  at = { "The time for which ages are computed: seconds since 1970, or `2018-02-01T12:00:00Z`.", "now" },
  concurrency = { "Maximum number of concurrent calls, or of copies in progress.", "8" },
  on_progress = {
    "Is called after each step, with `{ phase, done, total, row? }`.", "none", "fun(progress: cbr.dr.Progress)",
  },
}

local function with(...)
  local all = {}
  for _, words in ipairs { ... } do
    for name, word in pairs(words) do
      all[name] = word
    end
  end
  return all
end

local OF_REPORT = {
  { "kind", "string", "`copies`, `replicate`, `prune` or `unprotected`." },
  { "version", "integer",
    "Version of the report's format, now 1. A new version means that the meaning of a field has changed." },
  { "at", "string", "The time for which ages are computed (UTC)." },
}

local OF_RESOURCE = {
  { "region", "string?", "Region of the client." }, { "project_id", "string?", "Id of the client's project." },
  { "vault_id", "string?", "Id of the vault." }, { "vault_name", "string?", "Name of the vault." },
  { "resource_id", "string?", "Id of the resource." }, { "resource_name", "string?", "Name of the resource." },
  { "resource_type", "string?", "Type of the resource, such as `OS::Nova::Server`." },
}

local OF_DESTINATION = {
  { "destination_region", "string", "Region of the destination." },
  { "destination_project_id", "string?", "Project of the destination, if the call named the project." },
  { "destination_vault_id", "string?", "Vault of the destination, if the call named the vault." },
}

local OF_ERROR = {
  { "message", "string?", "The reason of a failure, in the words of the service or of cbr." },
  { "error_kind", "string?", "Kind of the error." }, { "error_code", "string?", "Code of the service." },
}

local SIZE = { "size_gb", "number?", "Size of the resource in GB. The service does not report the size of a backup." }

local function list(...)
  local all = {}
  for _, fields in ipairs { ... } do
    for _, field in ipairs(fields) do
      all[#all + 1] = field
    end
  end
  return all
end

return {
  destination = {
    region = { "The region to which backups are copied.", "" },
    project_id = { "Id of the project in that region.", "the project with the region's name" },
    vault_id = { "Id of the vault that gets the copies; mandatory for `dr.replicate`.", "any vault of the project" },
    cross_account_urn = { "URN of the agency for a destination in another account.", "none" },
  },
  functions = {
    {
      name = "copies", report = "CopiesReport", client = CLIENT,
      does = "Reports the newest backup of each protected resource, its newest copy in each destination, and a "
        .. "verdict. It only reads.",
      words = with(SELECTION, COMMON, {
        destinations = { "Where each resource must have a copy.", "mandatory", "cbr.dr.Destination[]" },
        rpo = { "Maximum age of the newest copy: a duration such as `26h`, or seconds.", "mandatory" },
        lag = { "Maximum time from a backup to the arrival of its copy: a duration, or seconds.", "no limit" },
      }),
      fields = list(OF_REPORT, {
        { "rpo", "number", "The parameter `rpo` in seconds." }, { "lag", "number?", "The parameter `lag` in seconds." },
        { "destinations", "table[]", "The destinations." },
        { "is_green", "boolean", "True if at least one row is compliant, and all other rows are not replicable." },
        { "totals", "table<string, integer>",
          "Number of `rows`, of rows with each verdict, of `vaults`, of `resources`, and of `late` copies." },
        { "rows", "cbr.dr.CopiesRow[]", "A row for each resource and destination." },
      }),
      row_class = "CopiesRow", rows = list(OF_RESOURCE, OF_DESTINATION, {
        SIZE,
        { "verdict", "string",
          "`compliant`, `stale`, `uncopied`, `not_replicable`, `unknown_age` or `unread`." },
        { "reason", "string?", "Reason of the verdict, in one word." },
        { "newest_backup_id", "string?", "Id of the newest complete backup." },
        { "newest_backup_name", "string?", "Name of that backup." },
        { "newest_backup_at", "string?", "Time of the data in that backup (UTC)." },
        { "newest_backup_age", "integer?", "Age of the data in that backup, in seconds." },
        { "replica_id", "string?", "Id of the newest copy." },
        { "replica_vault_id", "string?", "Id of the vault of that copy." },
        { "replica_at", "string?", "Time of the data in that copy (UTC), as in the backup that was copied." },
        { "replica_age", "integer?", "Age of the data in that copy, in seconds." },
        { "basis", "string?",
          "How the source backup of that copy is known: by `record`, `task`, `mark` (in the description), or only by "
            .. "`resource`." },
        { "source_backup_id", "string?", "Id of the source backup of that copy." },
        { "lag", "integer?", "Seconds from the time of the data in that copy to the arrival of the copy." },
        { "lag_basis", "string?",
          "Source of the arrival time: `task`, `replica` or `order`. With `order`, `lag` is a lower bound." },
        { "is_late", "boolean?", "Whether the row's `lag` is more than the parameter `lag`." },
        { "unknown_replicas", "integer?", "Number of replicas of the resource with an unknown source backup." },
      }, OF_ERROR),
    },
    {
      name = "replicate", report = "ReplicateReport", client = CLIENT,
      does = "Copies the selected backups of each resource to each destination that lacks them: the newest backup "
        .. "first, and each backup at most once. It waits until the copies have ended. With `dry_run` it only reads, "
        .. "and returns the plan.",
      words = with(SELECTION, COMMON, {
        destinations = {
          "Where each selected backup must have a copy. Each destination needs `vault_id`.",
          "mandatory", "cbr.dr.Destination[]",
        },
        select = {
          "Which backups of each resource to copy: `{ newest = 3 }`, `{ per = \"day\", last = 7 }` (or `week`), or "
            .. "`{ since = time }`.", "`{ newest = 1 }`",
          "{ newest?: integer, per?: \"day\"|\"week\", last?: integer, since?: number|string }",
        },
        method = {
          "`backup` copies single backups (`copy_backup`). `vault` copies whole vaults (`replicate`), which is "
            .. "needed for hybrid vaults.",
          "`backup`", "\"backup\"|\"vault\"",
        },
        timeout = { "After this time, no order begins, and no wait continues.", "`6h`" },
        interval = {
          "Seconds between two polls of a copy.",
          ("%d, growing to %d"):format(follow.INTERVAL_SECONDS, follow.INTERVAL_SECONDS * follow.MAX_INTERVAL),
        },
        dry_run = { "Whether only to return the plan.", "`false`" },
        store = {
          "Where to record the orders, so that another process can resume the run.", "none",
          "{ get: fun(key: string): string?, any, set: fun(key: string, text: string): any, any }",
        },
        run = { "Name of the run in the store. Concurrent runs need different names.", "`replicate`" },
        keep_open = {
          "Whether the run stays open after its last copy has ended. Then each later call with this name resumes the "
            .. "run. A copy that was accepted, and then failed or was skipped, is not ordered again. A rejected order "
            .. "is placed again.", "`false`",
        },
      }),
      fields = list(OF_REPORT, {
        { "dry_run", "boolean", "Whether the report is only a plan." },
        { "is_green", "boolean",
          "True if at least one copy is there or was made, and all other rows are not replicable." },
        { "totals", "table<string, integer>", "Number of `rows`, and of rows with each status." },
        { "room", "cbr.dr.Room[]",
          "For each destination, the size of the missing copies, and whether the vault has room for them." },
        { "store_problem", "string?", "Why the end of the run could not be written to the store." },
        { "rows", "cbr.dr.ReplicateRow[]", "A row for each selected backup and destination." },
      }),
      row_class = "ReplicateRow", rows = list(OF_RESOURCE, OF_DESTINATION, {
        SIZE, { "backup_id", "string?", "Id of the backup." }, { "backup_name", "string?", "Name of the backup." },
        { "backup_at", "string?", "Time of the data in the backup (UTC)." },
        { "status", "string", "Status of the copy: see the statuses of a row." },
        { "reason", "string?", "Reason of the status, in one word." },
        { "basis", "string?", "How the copy was found: `record`, `task`, `mark` or `service`." },
        { "replica_id", "string?", "Id of the copy." }, { "progress", "number?", "Progress of the copy in percent." },
      }, OF_ERROR),
    },
    {
      name = "prune", report = "PruneReport", client = CLIENT,
      does = "Keeps those replicas in a vault that a rule selects for each resource, and deletes the others. Without "
        .. "`dry_run = false` it only reads, and returns the plan. It never deletes the last good replica of a "
        .. "resource, a replica whose source is unknown, or anything in a locked vault.",
      words = with(COMMON, {
        vault_id = { "Id of the replication vault.", "mandatory" },
        keep = {
          "What to keep of each resource: the `last` newest replicas, and the newest replica of each of the last "
            .. "`days` days and `weeks` weeks that have a replica.", "mandatory",
          "{ last?: integer, days?: integer, weeks?: integer }",
        },
        sources = {
          "Clients of the projects that hold the source backups: their records and tasks name the sources of "
            .. "replicas whose description does not name the source.", "none", CLIENT,
        },
        dry_run = { "Whether only to return the plan.", "`true`" },
      }),
      fields = list(OF_REPORT, {
        { "dry_run", "boolean", "Whether the report is only a plan." }, { "vault_id", "string", "Id of the vault." },
        { "vault_name", "string?", "Name of the vault." },
        { "locked", "boolean", "Whether the vault is locked." },
        { "totals", "table<string, integer>", "Number of `rows`, and of rows with each action." },
        { "unread", "table[]", "Projects of source backups that could not be read." },
        { "rows", "cbr.dr.PruneRow[]", "A row for each replica." },
      }),
      row_class = "PruneRow", rows = list({
        { "vault_id", "string", "Id of the vault." }, { "vault_name", "string?", "Name of the vault." },
        { "resource_id", "string?", "Id of the resource." }, { "resource_name", "string?", "Name of the resource." },
        { "resource_type", "string?", "Type of the resource." }, { "replica_id", "string", "Id of the replica." },
        { "replica_name", "string?", "Name of the replica." },
        { "replica_at", "string?", "Time of the data in the replica (UTC)." },
        { "replica_age", "integer?", "Age of the data in the replica, in seconds." },
        { "basis", "string",
          "How the source backup of the replica is known: by `record`, `task`, `mark` (in the description), or only by "
            .. "`resource`." },
        { "source_backup_id", "string?", "Id of the source backup of the replica." },
        { "action", "string",
          "`keep`, `delete` (planned by a dry run), `deleted` (accepted by the service), or `failed`." },
        { "reason", "string?", "Why the replica is kept." },
      }, OF_ERROR),
    },
    {
      name = "unprotected", report = "UnprotectedReport", client = CLIENT,
      does = "Reports resources that are in no vault, resources whose vault has no enabled backup or replication "
        .. "policy, resources whose last backup failed or was skipped, and servers without the agent that their vault "
        .. "needs. It only reads. Only Huawei Cloud lists resources that can be protected.",
      words = with(COMMON, {
        types = { "Types of resources.", "`server`, `disk`, `turbo`", "string[]" },
        since = { "How old the backup tasks that are read may be: a duration such as `3d`, or seconds.", "`3d`" },
      }),
      fields = list(OF_REPORT, {
        { "is_green", "boolean",
          "True if there are resources, no resource has a finding, and everything could be read." },
        { "totals", "table<string, integer>", "Number of `rows`, of `resources`, and of each finding." },
        { "unread", "table[]", "What could not be read." },
        { "rows", "cbr.dr.UnprotectedRow[]", "A row for each resource with a finding." },
      }),
      row_class = "UnprotectedRow", rows = list(OF_RESOURCE, {
        SIZE,
        { "findings", "string[]", "What is wrong: `no_vault`, `no_backup_policy`, `backup_policy_disabled`, "
          .. "`no_replication_policy`, `replication_policy_disabled`, `last_run_skipped`, `last_run_failed` "
          .. "or `agent_missing`." },
      }),
    },
  },
  classes = {
    { "Room", "the missing copies of a destination, and the free space of its vault", list(OF_DESTINATION, {
      { "vault_name", "string?", "Name of the vault." },
      { "copies", "integer", "Number of missing copies." },
      { "needed_gb", "number", "Upper bound of the size of the missing copies: the sum of the resources' sizes." },
      { "free_gb", "number?", "Free space of the vault." },
      { "has_room", "boolean?",
        "Whether the free space is enough; nil: unknown. A vault that expands automatically has room." },
      { "message", "string?", "Why `has_room` is unknown." },
    }) },
    { "Progress", "what `on_progress` gets", {
      { "phase", "string", "The present phase: `vaults`, `backups`, `tasks`, `replicas`, `copies`, `deletions` or "
        .. "`resources`." },
      { "done", "integer", "Number of steps of the phase that are done." },
      { "total", "integer", "Number of all steps of the phase." },
      { "row", "table?", "The row that has changed, in the phases `copies` and `deletions`." },
    } },
  },
}
