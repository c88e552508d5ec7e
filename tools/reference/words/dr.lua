--- What the parameters of cbr.dr's functions and the fields of its reports mean. Parameters: name -> { meaning,
-- default, type? }. Fields: { name, type, meaning }.

local CLIENT = "cbr.Client|cbr.Client[]"

local SELECTION = {
  vault_ids = { "The vaults with these ids.", "one of these four is needed", "string[]" },
  name_prefix = { "The vaults whose names begin with this text.", "" },
  tags = {
    "The vaults with these tags; `true` stands for any value.", "", "table<string, string|true>",
  },
  all = { "All vaults of the project.", "", "true" },
}

local COMMON = {
  at = { "The time for which ages are computed: seconds since 1970, or `2018-02-01T12:00:00Z`.", "now" },
  concurrency = { "Maximum number of concurrent calls, or of copies in progress.", "8" },
  on_progress = {
    "Gets `{ phase, done, total, row? }` after each step.", "none", "fun(progress: cbr.dr.Progress)",
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
  { "version", "integer", "1. It changes if the meaning of a field changes." },
  { "at", "string", "The time for which ages are computed (UTC)." },
}

local OF_RESOURCE = {
  { "region", "string?", "Region of the client." }, { "project_id", "string?", "Its project." },
  { "vault_id", "string?", "Id of the vault." }, { "vault_name", "string?", "Its name." },
  { "resource_id", "string?", "Id of the resource." }, { "resource_name", "string?", "Its name." },
  { "resource_type", "string?", "Its type, such as `OS::Nova::Server`." },
}

local OF_DESTINATION = {
  { "destination_region", "string", "Region of the destination." },
  { "destination_project_id", "string?", "Its project, if it was given." },
  { "destination_vault_id", "string?", "Its vault, if it was given." },
}

local OF_ERROR = {
  { "message", "string?", "The reason in words, of the service or of cbr." },
  { "error_kind", "string?", "Kind of the error." }, { "error_code", "string?", "Code of the service." },
}

local SIZE = { "size_gb", "number?", "Size of the resource in GB: no field of the service tells that of a backup." }

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
    region = { "The region.", "" },
    project_id = { "Its project.", "looked up by the region's name" },
    vault_id = { "The vault for replicas. `dr.replicate` needs it.", "any vault of the project" },
    cross_account_urn = { "Agency of another account, as the service calls it.", "none" },
  },
  functions = {
    {
      name = "copies", report = "CopiesReport", client = CLIENT,
      does = "Reports, for each protected resource, its newest backup, its newest copy in the list of each "
        .. "destination, and a verdict. It only reads.",
      words = with(SELECTION, COMMON, {
        destinations = { "Where there must be a copy.", "mandatory", "cbr.dr.Destination[]" },
        rpo = { "How old the newest copy may be: `26h`, or seconds.", "mandatory" },
        lag = { "How long the newest backup may wait for its copy.", "no limit" },
      }),
      fields = list(OF_REPORT, {
        { "rpo", "number", "Seconds." }, { "lag", "number?", "Seconds." },
        { "destinations", "table[]", "The destinations." },
        { "is_green", "boolean", "Something is compliant, and everything else cannot be replicated." },
        { "totals", "table<string, integer>",
          "Number of `rows`, of those with each verdict, of `vaults`, of `resources`, and of `late` copies." },
        { "rows", "cbr.dr.CopiesRow[]", "A row for each resource and destination." },
      }),
      row_class = "CopiesRow", rows = list(OF_RESOURCE, OF_DESTINATION, {
        SIZE,
        { "verdict", "string",
          "`compliant`, `stale`, `uncopied`, `not_replicable`, `unknown_age` or `unread`." },
        { "reason", "string?", "Why, in one word." },
        { "newest_backup_id", "string?", "Id of the newest complete backup." },
        { "newest_backup_name", "string?", "Its name." },
        { "newest_backup_at", "string?", "Its data time (UTC)." },
        { "newest_backup_age", "integer?", "Seconds since its data time." },
        { "replica_id", "string?", "Id of the newest copy." }, { "replica_vault_id", "string?", "Its vault." },
        { "replica_at", "string?", "Its data time (UTC), which is that of its source." },
        { "replica_age", "integer?", "Seconds since its data time." },
        { "basis", "string?", "What assigns it to its source: `record`, `task`, `mark`, or only `resource`." },
        { "source_backup_id", "string?", "Id of its source." },
        { "lag", "integer?", "Seconds from its data time to its arrival." },
        { "lag_basis", "string?",
          "Source of the arrival time: `task`, `replica` or `order`. With `order`, `lag` is a lower bound." },
        { "is_late", "boolean?", "Whether that is more than the parameter `lag`." },
        { "unknown_replicas", "integer?", "Number of replicas of the resource whose source is unknown." },
      }, OF_ERROR),
    },
    {
      name = "replicate", report = "ReplicateReport", client = CLIENT,
      does = "Copies the selected backups of each resource to each destination that does not have them, the newest "
        .. "first, each one at most once. It waits until the copies have ended. With `dry_run` it only reads, and "
        .. "returns the plan.",
      words = with(SELECTION, COMMON, {
        destinations = { "Where there must be a copy; `vault_id` is needed.", "mandatory", "cbr.dr.Destination[]" },
        select = {
          "Which backups of each resource: `{ newest = 3 }`, `{ per = \"day\", last = 7 }` (or `week`), or "
            .. "`{ since = time }`.", "`{ newest = 1 }`",
          "{ newest?: integer, per?: \"day\"|\"week\", last?: integer, since?: number|string }",
        },
        method = {
          "`backup`: each backup by `copy_backup`. `vault`: whole vaults by `replicate`, which hybrid vaults need.",
          "`backup`", "\"backup\"|\"vault\"",
        },
        timeout = { "No order begins later, and no wait lasts longer.", "`6h`" },
        interval = { "Seconds between two polls of a copy.", "5, growing to 60" },
        dry_run = { "Whether to return the plan only.", "`false`" },
        store = {
          "Where to record the orders, so that another process can resume the run.", "none",
          "{ get: fun(key: string): string?, any, set: fun(key: string, text: string): any, any }",
        },
        run = { "Name of the run in the store. Concurrent runs need different names.", "`replicate`" },
      }),
      fields = list(OF_REPORT, {
        { "dry_run", "boolean", "Whether it is a plan." },
        { "is_green", "boolean", "Something is there or was copied, and everything else cannot be replicated." },
        { "totals", "table<string, integer>", "Number of `rows`, and of those with each status." },
        { "room", "cbr.dr.Room[]", "Upper bound of the size of the missing copies, and whether there is room." },
        { "store_problem", "string?", "Why the end of the run could not be written to the store." },
        { "rows", "cbr.dr.ReplicateRow[]", "A row for each selected backup and destination." },
      }),
      row_class = "ReplicateRow", rows = list(OF_RESOURCE, OF_DESTINATION, {
        SIZE, { "backup_id", "string?", "Id of the backup." }, { "backup_name", "string?", "Its name." },
        { "backup_at", "string?", "Its data time (UTC)." },
        { "status", "string", "See the statuses below." },
        { "reason", "string?", "Why, in one word." },
        { "basis", "string?", "How the copy was found: `record`, `task`, `mark` or `service`." },
        { "replica_id", "string?", "Id of the copy." }, { "progress", "number?", "Percent." },
      }, OF_ERROR),
    },
    {
      name = "prune", report = "PruneReport", client = CLIENT,
      does = "Keeps the newest replicas of each resource in a vault by a rule, and deletes the others. Without "
        .. "`dry_run = false` it only reads, and returns the plan. It never deletes the last good replica of a "
        .. "resource, nor one whose source is unknown, nor anything in a locked vault.",
      words = with(COMMON, {
        vault_id = { "A replication vault.", "mandatory" },
        keep = {
          "The newest `last`, and the newest of each of the last `days` and `weeks` that have one.", "mandatory",
          "{ last?: integer, days?: integer, weeks?: integer }",
        },
        sources = {
          "Clients of the projects that hold the source backups: their records and tasks name the sources of "
            .. "replicas without a mark of dr.replicate.", "none", CLIENT,
        },
        dry_run = { "Whether to return the plan only.", "`true`" },
      }),
      fields = list(OF_REPORT, {
        { "dry_run", "boolean", "Whether it is a plan." }, { "vault_id", "string", "Id of the vault." },
        { "vault_name", "string?", "Its name." }, { "locked", "boolean", "Whether it is locked." },
        { "totals", "table<string, integer>", "Number of `rows`, and of those with each action." },
        { "unread", "table[]", "Sources that could not be read." },
        { "rows", "cbr.dr.PruneRow[]", "A row for each replica." },
      }),
      row_class = "PruneRow", rows = list({
        { "vault_id", "string", "Id of the vault." }, { "vault_name", "string?", "Its name." },
        { "resource_id", "string?", "Id of the resource." }, { "resource_name", "string?", "Its name." },
        { "resource_type", "string?", "Its type." }, { "replica_id", "string", "Id of the replica." },
        { "replica_name", "string?", "Its name." }, { "replica_at", "string?", "Its data time (UTC)." },
        { "replica_age", "integer?", "Seconds since its data time." },
        { "basis", "string", "What assigns it to its source: `record`, `task`, `mark`, or only `resource`." },
        { "source_backup_id", "string?", "Id of its source." },
        { "action", "string", "`keep`, `delete` (a dry run), `deleted` (the service deletes it), or `failed`." },
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
        since = { "How far back backup tasks are read: older ones are ignored.", "`3d`" },
      }),
      fields = list(OF_REPORT, {
        { "is_green", "boolean", "There are resources, none has a finding, and everything could be read." },
        { "totals", "table<string, integer>", "Number of `rows`, of `resources`, and of each finding." },
        { "unread", "table[]", "What could not be read." },
        { "rows", "cbr.dr.UnprotectedRow[]", "A row for each resource with a finding." },
      }),
      row_class = "UnprotectedRow", rows = list(OF_RESOURCE, {
        SIZE,
        { "findings", "string[]", "`no_vault`, `no_backup_policy`, `backup_policy_disabled`, `no_replication_policy`, "
          .. "`replication_policy_disabled`, `last_run_skipped`, `last_run_failed`, `agent_missing`." },
      }),
    },
  },
  classes = {
    { "Room", "the missing copies of a destination, and the room of its vault", list(OF_DESTINATION, {
      { "vault_name", "string?", "Name of the vault." },
      { "copies", "integer", "Copies that are missing." },
      { "needed_gb", "number", "Upper bound of their size: the sum of the sizes of the resources." },
      { "free_gb", "number?", "Free space of the vault." },
      { "has_room", "boolean?", "Whether that is enough; nil: unknown. A vault that expands has room." },
      { "message", "string?", "Why it is unknown." },
    }) },
    { "Progress", "what `on_progress` gets", {
      { "phase", "string", "`vaults`, `backups`, `tasks`, `replicas`, `copies`, `deletions` or `resources`." },
      { "done", "integer", "Steps that are done." }, { "total", "integer", "All steps." },
      { "row", "table?", "The row that has changed, of `copies` and `deletions`." },
    } },
  },
}
