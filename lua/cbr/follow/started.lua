--- Follows what an operation without content has started: a restore, or the deletion of a vault. Its response names no
-- task, so the task is searched for first.

local pages = require "cbr.pages"
local status = require "cbr.follow.status"
local task = require "cbr.follow.task"
local time = require "cbr.util.time"

local started = {}

-- No request takes longer than this. A task is created before the response to its request.
local MAX_REQUEST_SECONDS = 15 * 60

-- Whether a task belongs to the request: it has the request's id, or no request id and the objects that were asked for.
local function is_of(order, shown)
  local request_id = status.word(status.about(shown, "common").request_id)
  if shown.operation_type ~= order.operation_type then
    return false
  elseif request_id and order.request_id then
    return request_id == order.request_id
  end
  local restore = status.about(shown, "restore")
  return status.agrees(order.vault_id, shown.vault_id) and status.agrees(order.backup_id, restore.backup_id)
    and (not order.target_id or status.agrees(order.target_id, restore.target_resource_id))
end

-- Returns the id of the task, the earliest if several match; false if no list shows it; or nil and an error.
local function find(order, read)
  local at = time.parse(order.started_at)
  local all, err = pages.all(read, "list_op_logs", {
    operation_type = order.operation_type, start_time = at and time.text(at - MAX_REQUEST_SECONDS) or nil,
  })
  if not all then
    return nil, err
  end
  local first, first_at
  for _, shown in ipairs(all) do
    local created_at = time.parse(shown.created_at) or 0
    if status.word(shown.id) and is_of(order, shown) and (not first or created_at < first_at) then
      first, first_at = shown.id, created_at
    end
  end
  return first or false
end

--- Makes the follower of a restore or of a deletion.
---@param order table the result of `client:restore_backup` or `client:delete_vault`
---@return cbr.Follower
function started.follow(order)
  order = { operation_type = order.operation_type, vault_id = order.vault_id, backup_id = order.backup_id,
    target_id = order.target_id, request_id = order.request_id, started_at = order.started_at }
  local follower = task.follow(nil)
  local poll_task, report = follower.poll, follower.report
  local item = follower.items[1]

  -- A vault that does not exist was deleted, even if no list shows the task.
  local function poll_vault(read)
    local vault, err = read("show_vault", { vault_id = order.vault_id })
    if vault then
      return true
    elseif err.kind ~= "not_found" then
      return nil, err
    end
    item.status, item.progress = "success", 100
    return true
  end

  function follower.poll(read)
    if item.task_id then
      return poll_task(read)
    end
    local id, err = find(order, read)
    if id == nil then
      return nil, err
    elseif id then
      item.task_id = id
      return poll_task(read)
    elseif order.operation_type == "vault_delete" then
      return poll_vault(read)
    end
    return true
  end

  function follower.report()
    local made = report()
    made.operation_type, made.vault_id = order.operation_type, made.vault_id or order.vault_id
    made.backup_id = order.backup_id
    return made
  end

  return follower
end

return started
