--- The tasks of a vault, as evidence of an order.

local fields = require "cbr.objects.fields"
local match = require "cbr.lost_orders.match"
local pages = require "cbr.pages"
local service_clock = require "cbr.call.service_clock"
local status = require "cbr.objects.status"
local time = require "cbr.util.time"

local tasks = {}

---@class cbr.TaskEvidence
---@field matching table[] tasks that can belong to the order
---@field doubtful table[] tasks that match except for their time
---@field is_running boolean whether another task of the same type is in progress
---@field span cbr.Span the span with which the times were compared

--- Returns the backup that a task of a replication copies.
---@param task table
---@return string? id nil: the task names no backup
function tasks.source(task)
  return fields.id(fields.about(task, "replication").source_backup_id)
end

--- Returns the request id of the request that created a task.
---@param task table
---@return string? request_id nil: the task names no request id
function tasks.request_id(task)
  return fields.id(fields.about(task, "common").request_id)
end

--- Makes a part of an order, as `err.seen` shows parts.
---@param task? table
---@param record? table a replication record; `task` or `record` must be given
---@param backup_id? string
---@return table part
function tasks.part(task, record, backup_id)
  local from = task or record
  return {
    operation_log_id = task and task.id, backup_id = backup_id, replication_record_id = record and record.id,
    status = status.of(from.status), created_at = from.created_at,
    request_id = task and tasks.request_id(task),
  }
end

--- Makes one part for each task (see tasks.part).
---@param list table[]
---@return table[] parts
function tasks.parts(list)
  local parts = {}
  for i, task in ipairs(list) do
    parts[i] = tasks.part(task, nil, tasks.source(task))
  end
  return parts
end

--- Reads the tasks of the order's vault; without `params.vault_id`, the tasks of all vaults. With `params.backup_id`,
-- `doubtful` and `is_running` are about this backup alone. A task with the request id of a response to the order
-- belongs to the order, whatever the time and the destination of the task.
---@param entry cbr.Entry entry of the order
---@param read cbr.Reader
---@param params table parameters of the order, with the id of its vault if that is known
---@return cbr.TaskEvidence?
---@return cbr.Error? err
function tasks.read(entry, read, params)
  local client, began = entry.client, entry.began
  -- the service filters tasks by its own clock, which is not known before its first response
  local since = match.span(client, began).possible - service_clock.MAX_DIFFERENCE_SECONDS
  local all, err = pages.complete(read, "list_op_logs", {
    vault_id = params.vault_id, start_time = time.text(since),
  }, { "id", "operation_type" })
  if not all then
    return nil, err
  end
  -- computed again: the Date of the response may have changed what is known of the service's clock
  local span = match.span(client, began)
  local evidence = { matching = {}, doubtful = {}, is_running = false, span = span }
  for _, task in ipairs(all) do
    if task.operation_type == (entry.kind == "sync" and "sync" or "replication") then
      -- a task that a policy started names the policy
      local work = fields.of_task(task)
      local matches = match.agrees(nil, task.policy_id) and match.has_destination(params, work)
      if entry:is_named(work.request_id) or matches and match.is_in_time(span, task.created_at) then
        table.insert(evidence.matching, task)
      else
        local concerns = not params.backup_id or match.agrees(params.backup_id, work.source_backup_id)
        evidence.is_running = evidence.is_running or concerns and not status.has_ended(work.status)
        if matches and concerns and match.may_be_in_time(span, task.created_at) then
          table.insert(evidence.doubtful, task)
        end
      end
    end
  end
  return evidence
end

return tasks
