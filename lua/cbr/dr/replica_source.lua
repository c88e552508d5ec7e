--- Finds the source backup of a replica, and the time of the replica's data. No field of a replica names its source.
-- The replication records and the tasks of the source project name the source, and so does the mark, a text that
-- dr.replicate writes into the description of the replica.

local status = require "cbr.follow.status"
local tables = require "cbr.util.tables"
local text = require "cbr.util.text"
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
---@field fail_code? string
---@field fail_reason? string
---@field record_id? string

local function word(value)
  return type(value) == "string" and value ~= "" and value or nil
end

--- Returns the replications in the replication records of a backup.
---@param backup table the backup as `list_backups` returns it with `show_replication`
---@return cbr.dr.Replication[]
function replica_source.records(backup)
  local replications = {}
  for i, record in ipairs(tables.list(backup.replication_records)) do
    local extra = tables.of(record.extra_info)
    replications[i] = {
      basis = "record", status = status.of(record.status), replica_id = word(record.destination_backup_id),
      ordered_at = time.parse(record.created_at), record_id = word(record.id),
      vault_id = word(record.destination_vault_id) or word(record.destinatio_vault_id)
        or word(extra.destination_vault_id),
      region = word(record.destination_region), project_id = word(record.destination_project_id),
      fail_code = word(extra.fail_code), fail_reason = word(extra.fail_reason),
    }
  end
  return replications
end

--- Returns the replication of a task.
---@param task table the task as `list_op_logs` returns it
---@return string? source_id nil: the task is not a replication
---@return cbr.dr.Replication? replication
function replica_source.task(task)
  local about = status.about(task, "replication")
  local source_id = word(about.source_backup_id)
  if not source_id then
    return nil
  end
  local info = tables.of(task.error_info)
  return source_id, {
    basis = "task", status = status.of(task.status), replica_id = word(about.destination_backup_id),
    ordered_at = time.parse(task.created_at), arrived_at = time.parse(task.ended_at),
    region = word(about.destination_region), project_id = word(about.destination_project_id),
    fail_code = word(info.code), fail_reason = word(info.message),
  }
end

--- Whether a replication is to a destination. A region or project that is unknown matches.
---@param replication cbr.dr.Replication
---@param destination { region: string, project_id?: string }
---@return boolean
function replica_source.leads_to(replication, destination)
  return (replication.region == nil or text.lower(replication.region) == text.lower(destination.region))
    and (not replication.project_id or not destination.project_id or replication.project_id == destination.project_id)
end

return replica_source
