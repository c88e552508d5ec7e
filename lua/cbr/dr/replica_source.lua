--- Finds the source backup of a replica, and the time of the replica's data. No field of a replica names its source.
-- The replication records and the tasks of the source project name the source, and so does the mark, a text that
-- dr.replicate writes into the description of the replica.

local fields = require "cbr.objects.fields"
local tables = require "cbr.util.tables"
local time = require "cbr.util.time"

local replica_source = {}

-- A description may have at most 255 characters, and neither `<` nor `>`.
local MARK = "cbr-dr/1 source=%s at=%s"
local MARK_PATTERN = "^cbr%-dr/1 source=([A-Za-z0-9_-]+) at=(%S+)$"

--- The grounds on which a replica is assigned to its source, from the most certain to the least certain.
replica_source.BASES = { "record", "task", "mark", "resource" }

--- Returns the data time of a backup: when its data was frozen (`protected_at`), or if that is missing, when the backup
-- began (`created_at`).
---@param backup table the backup as `list_backups` returns it
---@return number? seconds since 1970; nil: unknown
function replica_source.data_time(backup)
  return time.parse(backup.protected_at) or time.parse(backup.created_at)
end

--- Returns the mark that dr.replicate writes into the description of a replica.
---@param source_id string
---@param at? number when the data of the source was frozen, in seconds since 1970
---@return string
function replica_source.mark(source_id, at)
  return MARK:format(source_id, at and time.text(at) or "unknown")
end

--- Reads the mark in a description.
---@param description any
---@return string? source_id nil: there is no mark
---@return number? at when the data of the source was frozen, in seconds since 1970
function replica_source.read_mark(description)
  local source_id, at
  if type(description) == "string" then
    source_id, at = description:match(MARK_PATTERN)
  end
  return source_id, time.parse(at)
end

---@class cbr.dr.Replication one replication of a backup, from a record or a task of its project
---@field basis "record"|"task"
---@field status cbr.Status
---@field replica_id? string
---@field ordered_at? number
---@field arrived_at? number when the task ended
---@field vault_id? string id of the destination vault
---@field region? string destination region
---@field project_id? string id of the destination project
---@field record_id? string

-- Makes a replication from what a record or a task says.
local function replication_of(basis, work, shown)
  return {
    basis = basis, status = work.status, replica_id = work.destination_backup_id,
    ordered_at = time.parse(shown.created_at), vault_id = work.destination_vault_id,
    region = work.destination_region, project_id = work.destination_project_id,
  }
end

--- Returns the replications in the replication records of a backup.
---@param backup table the backup as `list_backups` returns it with `show_replication`
---@return cbr.dr.Replication[]
function replica_source.records(backup)
  local replications = {}
  for i, record in ipairs(tables.list(backup.replication_records)) do
    replications[i] = replication_of("record", fields.of_record(record), record)
    replications[i].record_id = fields.id(record.id)
  end
  return replications
end

--- Returns the replication of a task.
---@param task table the task as `list_op_logs` returns it
---@return string? source_id nil: the task is not a replication
---@return cbr.dr.Replication? replication
function replica_source.task(task)
  local work = fields.of_task(task)
  if not work.source_backup_id then
    return nil
  end
  local replication = replication_of("task", work, task)
  replication.arrived_at = time.parse(task.ended_at)
  return work.source_backup_id, replication
end

--- Whether a replication is to a destination. A region or project that is unknown matches.
---@param replication cbr.dr.Replication
---@param destination { region: string, project_id?: string }
---@return boolean
function replica_source.leads_to(replication, destination)
  return fields.agrees(destination.region, replication.region)
    and (not destination.project_id or fields.agrees(destination.project_id, replication.project_id))
end

return replica_source
