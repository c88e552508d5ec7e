--- What a piece of work is at: one vocabulary for the words of records and of tasks.

local json = require "cbr.util.json"
local text = require "cbr.util.text"

local progress = {}

-- Replication records say `fail`, `skip`, `waiting_replicate`, `replicating`; tasks say `failed`, `skipped`, `waiting`,
-- `running`. Sources: ShowBackup and ShowOpLog of the API reference.
local WORDS = {
  waiting = "waiting", waiting_replicate = "waiting",
  running = "running", replicating = "running",
  success = "success",
  failed = "failed", fail = "failed", timeout = "failed",
  skipped = "skipped", skip = "skipped",
}

local ENDED = { success = true, failed = true, skipped = true }

--- One vocabulary: waiting, running, success, failed, skipped. A word that is not known is work still running.
---@param word any
---@return string
function progress.status(word)
  return WORDS[word] or "running"
end

--- Whether a status is an end.
---@param status string
---@return boolean
function progress.has_ended(status)
  return ENDED[status] == true
end

--- A table that some versions of the service send as a JSON text, and others leave out.
---@param value any
---@return table
function progress.table_of(value)
  if type(value) == "string" then
    value = json.decode(value)
  end
  return type(value) == "table" and value or {}
end

--- What a task says about one side of it.
---@param task? table an operation log
---@param side "common"|"replication"|"sync"
---@return table
function progress.about(task, side)
  return progress.table_of(progress.table_of(task and task.extra_info)[side])
end

--- The tables in a list of the service's; whatever else it holds tells nothing.
---@param value any
---@return table[]
function progress.tables_of(value)
  local tables = {}
  for _, entry in ipairs(progress.table_of(value)) do
    if type(entry) == "table" then
      tables[#tables + 1] = entry
    end
  end
  return tables
end

-- A text of the service's, some of which are numbers; nil for what is neither, and for an empty one.
local function word(value)
  local words = (type(value) == "string" or type(value) == "number") and text.of(value)
  return words ~= "" and words or nil
end

local function percent(value)
  local n = tonumber(value)
  return n and n >= 0 and n <= 100 and n or nil
end

---@class cbr.Item
---@field status "waiting"|"running"|"success"|"failed"|"skipped"
---@field progress number 0 to 100
---@field backup_id? string
---@field replication_record_id? string
---@field destination_backup_id? string
---@field fail_code? string
---@field fail_reason? string
---@field task_id? string

local function set(item, status, done)
  item.status = progress.status(status)
  item.progress = item.status == "success" and 100 or percent(done) or item.progress or 0
end

--- Takes over what a replication record says.
---@param item cbr.Item
---@param record table of a backup's `replication_records`
function progress.from_record(item, record)
  local extra = progress.table_of(record.extra_info)
  set(item, record.status, extra.progress)
  item.destination_backup_id = word(record.destination_backup_id) or item.destination_backup_id
  if item.status == "failed" or item.status == "skipped" then
    item.fail_code, item.fail_reason = word(extra.fail_code), word(extra.fail_reason)
  end
end

--- Takes over what a task says.
---@param item cbr.Item
---@param task table an operation log
function progress.from_task(item, task)
  local common, replication = progress.about(task, "common"), progress.about(task, "replication")
  set(item, task.status, common.progress)
  item.task_id = word(task.id) or item.task_id
  item.destination_backup_id = word(replication.destination_backup_id) or item.destination_backup_id
  if item.status == "failed" or item.status == "skipped" then
    local info = progress.table_of(task.error_info)
    item.fail_code = word(info.code)
    item.fail_reason = word(info.message) or task.status == "timeout" and "the service gave up" or nil
  end
end

--- Sums items up. A piece that failed or was skipped is done too.
---@param items cbr.Item[]
---@return { percent: number, done: integer, total: integer, succeeded: integer, failed: integer, skipped: integer }
function progress.sum(items)
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

--- All that several tables hold under one name, in one list.
---@param holders table[]
---@param name string
---@return table[]
function progress.gathered(holders, name)
  local all = {}
  for _, holder in ipairs(holders) do
    for _, one in ipairs(holder[name]) do
      all[#all + 1] = one
    end
  end
  return all
end

return progress
