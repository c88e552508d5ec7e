--- Reads the fields of tasks and of replication records. The service writes some fields in several forms, and leaves
-- others out.

local shown = require "cbr.util.shown"
local status = require "cbr.objects.status"
local tables = require "cbr.util.tables"
local text = require "cbr.util.text"

local fields = {}

--- Returns a field that is compared with other texts, such as an id or a region, as the service wrote it. A value of
-- another type proves nothing, so it counts as missing.
---@param value any
---@return string? id nil for other types, and for an empty text
function fields.id(value)
  return type(value) == "string" and value ~= "" and value or nil
end

--- Returns an id as the key of a table, so that upper and lower case are the same key.
---@param id any
---@return any key a text in lower case; any other value as it is
function fields.key(id)
  return type(id) == "string" and text.lower(id) or id
end

--- Returns a field that people read, as one line of text. The service may write a code as a number.
---@param value any
---@return string? words nil for other types, and for an empty text
function fields.words(value)
  local words = (type(value) == "string" or type(value) == "number") and text.of(value)
  return words and words ~= "" and shown.line(words) or nil
end

--- Whether a field may name a wanted id or region: it names the same one (see text.is_same), or it is missing, empty or
-- not a string, because it then proves nothing. Where a missing field must not match, text.is_same is the function.
---@param wanted? string
---@param value any
---@return boolean
function fields.agrees(wanted, value)
  return type(value) ~= "string" or value == "" or text.is_same(wanted, value)
end

--- Returns one part of a task's `extra_info`.
---@param task? table an operation log
---@param part "common"|"resource"|"replication"|"sync"|"backup"|"restore"
---@return table empty if the task does not have the part
function fields.about(task, part)
  return tables.of(tables.of(task and task.extra_info)[part])
end

local function percent(value)
  local n = text.number(value)
  return n and n >= 0 and n <= 100 and n or nil
end

---@class cbr.Work what a task or a replication record says
---@field status cbr.Status
---@field unknown_status? string the service's word for the status, if cbr does not know the word
---@field progress? number 0 to 100
---@field fail_code? string
---@field fail_reason? string
---@field request_id? string only in a task: id of the request that created it
---@field source_backup_id? string this and the next fields are only for replications
---@field source_region? string
---@field destination_backup_id? string id of the replica
---@field destination_region? string
---@field destination_project_id? string
---@field destination_vault_id? string no page documents this field for a task
---@field auto_trigger? boolean only in a record: whether a policy started the replication

-- Makes cbr.Work from the fields that tasks and records name alike. `holder` has the ids and the regions.
local function work_of(word, progress, holder)
  local state, is_known = status.of(word)
  return {
    status = state, unknown_status = not is_known and fields.words(word) or nil, progress = percent(progress),
    source_backup_id = fields.id(holder.source_backup_id), source_region = fields.id(holder.source_region),
    destination_backup_id = fields.id(holder.destination_backup_id),
    destination_region = fields.id(holder.destination_region),
    destination_project_id = fields.id(holder.destination_project_id),
    destination_vault_id = fields.id(holder.destination_vault_id),
  }
end

--- Reads a replication record.
---@param record table a member of the `replication_records` of a backup
---@return cbr.Work
function fields.of_record(record)
  local extra = tables.of(record.extra_info)
  local work = work_of(record.status, extra.progress, record)
  -- until September 2025, the SDKs named this field without an `n`
  work.destination_vault_id = work.destination_vault_id or fields.id(extra.destination_vault_id)
    or fields.id(extra.destinatio_vault_id) or fields.id(record.destinatio_vault_id)
  if type(extra.auto_trigger) == "boolean" then
    work.auto_trigger = extra.auto_trigger
  end
  work.fail_code, work.fail_reason = fields.words(extra.fail_code), fields.words(extra.fail_reason)
  return work
end

--- Reads a task of any type.
---@param task table an operation log
---@return cbr.Work
function fields.of_task(task)
  local common, info = fields.about(task, "common"), tables.of(task.error_info)
  local work = work_of(task.status, common.progress, fields.about(task, "replication"))
  work.request_id = fields.id(common.request_id)
  work.fail_code = fields.words(info.code)
  work.fail_reason = fields.words(info.message)
    or task.status == "timeout" and "the task timed out at the service" or nil
  return work
end

return fields
