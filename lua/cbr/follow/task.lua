--- Follows a task, usually the task of a sync.

local errors = require "cbr.errors"
local fields = require "cbr.objects.fields"
local progress = require "cbr.follow.progress"
local text = require "cbr.util.text"

local task = {}

-- Returns a count as a number. The service may write the count as a text.
local function number(value)
  value = text.number(value) or 0
  return value >= 0 and value < 1e9 and math.floor(value) or 0
end

-- Returns words that say why a task is not the task of the sync; nil if nothing shows this.
local function contradiction(shown, vault_id)
  if not vault_id then
    return nil
  end
  local is_other_vault = not fields.agrees(vault_id, shown.vault_id)
  local is_other_type = type(shown.operation_type) == "string" and shown.operation_type ~= "sync"
  return is_other_vault and "belongs to another vault" or is_other_type and "is not a sync"
end

--- Makes the follower of a task.
---@param id? string operation log id; nil: the caller sets the item's `task_id` before the first poll
---@param vault_id? string vault of the sync that began the task; nil: the task may be of any type
---@return cbr.Follower
function task.follow(id, vault_id)
  local item = { task_id = id, status = "waiting", progress = 0 }
  local follower = { items = { item } }
  local last -- the last response of the service
  local asked_id = id -- the service may write the id in another form, which the item then has

  function follower.poll(read)
    asked_id = asked_id or item.task_id
    local shown, err = read("show_op_log", { operation_log_id = asked_id })
    if not shown then
      return nil, err
    end
    local wrong = contradiction(shown, vault_id)
    if wrong then
      local message = ("the task %s"):format(wrong)
      return nil, errors.new({ kind = "protocol", message = message }, { operation = "wait" })
    end
    last = shown
    progress.from_task(item, last)
    local failed = number(fields.about(last, "sync").err_sync_backup_num)
    -- the service reports success although some backups were not imported
    if item.status == "success" and failed > 0 then
      item.status = "failed"
      item.fail_reason = failed == 1 and "1 backup could not be imported"
        or ("%d backups could not be imported"):format(failed)
    end
    return true
  end

  function follower.report()
    local sync = fields.about(last, "sync")
    local is_sync = last and last.operation_type == "sync"
    return {
      operation_log_id = item.task_id, vault_id = vault_id or last and last.vault_id, task = last, status = item.status,
      fail_code = item.fail_code, fail_reason = item.fail_reason,
      imported = is_sync and number(sync.sync_backup_num) or nil,
      removed = is_sync and number(sync.delete_backup_num) or nil,
      not_imported = is_sync and number(sync.err_sync_backup_num) or nil,
    }
  end

  return follower
end

return task
