--- The status and the progress of the items of a wait: of the backups or tasks that `client:wait` follows.

local fields = require "cbr.objects.fields"
local status = require "cbr.objects.status"

local progress = {}

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
---@field unknown_status? string the service's word for the status, if cbr does not know the word

-- Updates an item from what a record or a task says. `replica_id` is the id of the replica; it may be missing.
local function update(item, work, replica_id)
  item.status, item.unknown_status = work.status, work.unknown_status
  item.progress = work.status == "success" and 100 or work.progress or item.progress or 0
  item.destination_backup_id = fields.words(replica_id) or item.destination_backup_id
  if work.status == "failed" or work.status == "skipped" then
    item.fail_code, item.fail_reason = work.fail_code, work.fail_reason
  end
end

--- Updates an item from a replication record.
---@param item cbr.Item
---@param record table a member of the `replication_records` of a backup
function progress.from_record(item, record)
  update(item, fields.of_record(record), record.destination_backup_id)
end

--- Updates an item from a task.
---@param item cbr.Item
---@param task table an operation log
function progress.from_task(item, task)
  update(item, fields.of_task(task), fields.about(task, "replication").destination_backup_id)
  item.task_id = fields.words(task.id) or item.task_id
end

--- Whether an item has ended.
---@param item cbr.Item
---@return boolean
function progress.has_ended(item)
  return status.has_ended(item.status)
end

--- Counts items by status. Failed and skipped items are done, too.
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

return progress
