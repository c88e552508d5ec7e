--- The status of replication records and of tasks, in one vocabulary.

local shown = require "cbr.util.shown"
local tables = require "cbr.util.tables"
local text = require "cbr.util.text"

local status = {}

-- Records say `fail`, `skip`, `waiting_replicate`, `replicating`; tasks say `failed`, `skipped`, `waiting`, `running`.
-- Sources: ShowBackup and ShowOpLog of the API reference.
local WORDS = {
  waiting = "waiting", waiting_replicate = "waiting",
  running = "running", replicating = "running",
  success = "success",
  failed = "failed", fail = "failed", timeout = "failed",
  skipped = "skipped", skip = "skipped",
}

local ENDED = { success = true, failed = true, skipped = true }

--- Returns the status for a word of the service. An unknown word counts as `running`.
---@param word any
---@return cbr.Status
function status.of(word)
  return WORDS[word] or "running"
end

---@alias cbr.Status "waiting"|"running"|"success"|"failed"|"skipped"

--- Whether work with this status has ended.
---@param state cbr.Status
---@return boolean
function status.has_ended(state)
  return ENDED[state] == true
end

--- Returns one part of a task's `extra_info`.
---@param task? table an operation log
---@param part "common"|"replication"|"sync"|"backup"|"restore"
---@return table empty if the task does not have the part
function status.about(task, part)
  return tables.of(tables.of(task and task.extra_info)[part])
end

--- True if `value` equals `wanted`, in upper or lower case. Also true if `value` is missing or not a string, because it
-- then proves nothing.
---@param wanted? string
---@param value any
---@return boolean
function status.agrees(wanted, value)
  return type(value) ~= "string" or value == "" or value == wanted
    or type(wanted) == "string" and text.lower(value) == text.lower(wanted)
end

--- Returns a field as one line of text. The service may write the field as a number.
---@param value any
---@return string? words nil for other types, and for an empty text
function status.word(value)
  local words = (type(value) == "string" or type(value) == "number") and text.of(value)
  return words and words ~= "" and shown.line(words) or nil
end

local word = status.word

local function percent(value)
  local n = text.number(value)
  return n and n >= 0 and n <= 100 and n or nil
end

---@class cbr.Item
---@field status cbr.Status
---@field progress number 0 to 100
---@field backup_id? string
---@field resource_id? string for a restore point: id of the resource that is backed up
---@field replication_record_id? string
---@field destination_backup_id? string
---@field fail_code? string
---@field fail_reason? string
---@field task_id? string
---@field unknown_status? string the service's word for the status, if this module does not know it

local function set(item, state, progress)
  item.status = status.of(state)
  item.unknown_status = not WORDS[state] and word(state) or nil
  item.progress = item.status == "success" and 100 or percent(progress) or item.progress or 0
end

--- Updates an item from a replication record.
---@param item cbr.Item
---@param record table a member of the `replication_records` of a backup
function status.from_record(item, record)
  local extra = tables.of(record.extra_info)
  set(item, record.status, extra.progress)
  item.destination_backup_id = word(record.destination_backup_id) or item.destination_backup_id
  if item.status == "failed" or item.status == "skipped" then
    item.fail_code, item.fail_reason = word(extra.fail_code), word(extra.fail_reason)
  end
end

--- Updates an item from a task.
---@param item cbr.Item
---@param task table an operation log
function status.from_task(item, task)
  local common, replication = status.about(task, "common"), status.about(task, "replication")
  set(item, task.status, common.progress)
  item.task_id = word(task.id) or item.task_id
  item.destination_backup_id = word(replication.destination_backup_id) or item.destination_backup_id
  if item.status == "failed" or item.status == "skipped" then
    local info = tables.of(task.error_info)
    item.fail_code = word(info.code)
    item.fail_reason = word(info.message) or task.status == "timeout" and "the task timed out at the service" or nil
  end
end

--- Counts items by status. Failed and skipped items are done, too.
---@param items cbr.Item[]
---@return { percent: number, done: integer, total: integer, succeeded: integer, failed: integer, skipped: integer }
function status.sum(items)
  local sum = { percent = 100, done = 0, total = #items, succeeded = 0, failed = 0, skipped = 0 }
  local counters = { success = "succeeded", failed = "failed", skipped = "skipped" }
  local all = 0
  for _, item in ipairs(items) do
    local counter = counters[item.status]
    if counter then
      sum[counter] = sum[counter] + 1
      sum.done = sum.done + 1
    end
    all = all + (counter and 100 or item.progress)
  end
  if #items > 0 then
    sum.percent = all / #items
  end
  return sum
end

return status
