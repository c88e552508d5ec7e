--- Follows a task, that of a sync above all.

local progress = require "cbr.follow.status"

local task = {}

-- A count of the service's, which may be a text.
local function number(value)
  value = tonumber(value) or 0
  return value >= 0 and value < 1e9 and math.floor(value) or 0
end

--- Makes the follower of a task.
---@param id string operation log id
---@param vault_id? string
---@return table follower `items`, `poll(get)`, `report()`
function task.follow(id, vault_id)
  local item = { task_id = id, status = "waiting", progress = 0 }
  local self = { items = { item }, what = "task", default_timeout = 30 * 60 }
  local last

  function self.poll(get)
    local body, err = get("/v3/{project_id}/operation-logs/" .. id, {})
    if not body then
      return nil, err
    end
    last = progress.table_of(body.operation_log)
    progress.from_task(item, last)
    local sync = progress.about(last, "sync")
    if item.status == "success" and number(sync.err_sync_backup_num) > 0 then
      -- the service calls it a success all the same
      item.status = "failed"
      item.fail_reason = ("%d backups could not be taken in"):format(number(sync.err_sync_backup_num))
    end
    return true
  end

  function self.report()
    local sync = progress.about(last, "sync")
    local is_sync = last and last.operation_type == "sync"
    return {
      operation_log_id = id, vault_id = vault_id or last and last.vault_id, task = last, status = item.status,
      fail_code = item.fail_code, fail_reason = item.fail_reason,
      imported = is_sync and number(sync.sync_backup_num) or nil,
      removed = is_sync and number(sync.delete_backup_num) or nil,
      not_imported = is_sync and number(sync.err_sync_backup_num) or nil,
    }
  end

  return self
end

return task
