--- Follows what an operation without content has started: a restore, or the deletion of a vault. Its response names no
-- task, so the task is searched for first.

local fields = require "cbr.objects.fields"
local pages = require "cbr.pages"
local service_clock = require "cbr.call.service_clock"
local task = require "cbr.follow.task"
local time = require "cbr.util.time"

local started = {}

-- If a task shows no request id, its time stamp may be earlier than the time of the request by this much. The time of
-- the request is in whole seconds, and comes from another machine of the service.
local STAMP_TOLERANCE_SECONDS = 2

local function agrees(wanted, value)
  return not wanted or fields.agrees(wanted, value)
end

-- Whether a task belongs to the request; "proved" if the request id of the task shows this. A task without a request id
-- belongs to the request if the task does what was asked for, and was not created before the request. An older task may
-- belong to an earlier request that asked for the same.
local function is_of(request, shown, sent_at)
  local request_id = fields.of_task(shown).request_id
  if shown.operation_type ~= request.operation_type then
    return false
  elseif request_id and request.request_id then
    return request_id == request.request_id and "proved"
  end
  local restore, created_at = fields.about(shown, "restore"), time.parse(shown.created_at)
  return (not sent_at or created_at and created_at >= sent_at - STAMP_TOLERANCE_SECONDS)
    and agrees(request.vault_id, shown.vault_id) and agrees(request.backup_id, restore.backup_id)
    and agrees(request.target_id, restore.target_resource_id)
end

-- Returns the id of the task; if several tasks match, the id of the earliest one. Returns false if no list shows the
-- task; or nil and an error.
local function find(request, read)
  local sent_at = time.parse(request.started_at)
  local all, err = pages.all(read, "list_op_logs", {
    operation_type = request.operation_type,
    start_time = sent_at and time.text(sent_at - service_clock.MAX_DIFFERENCE_SECONDS) or nil,
  })
  if not all then
    return nil, err
  end
  local first, first_at
  for _, shown in ipairs(all) do
    local created_at = time.parse(shown.created_at) or 0
    local fits = fields.id(shown.id) and is_of(request, shown, sent_at)
    if fits == "proved" then
      return shown.id
    elseif fits and (not first or created_at < first_at) then
      first, first_at = shown.id, created_at
    end
  end
  return first or false
end

--- Makes the follower of a restore or of a deletion.
---@param result table the result of `client:restore_backup` or `client:delete_vault`
---@return cbr.Follower
function started.follow(result)
  -- a copy, because the caller may change the original during the wait
  local request = { operation_type = result.operation_type, vault_id = result.vault_id, backup_id = result.backup_id,
    target_id = result.target_id, request_id = result.request_id, started_at = result.started_at }
  local follower = task.follow(nil)
  local poll_task, report = follower.poll, follower.report
  local item = follower.items[1]

  -- A vault that does not exist was deleted, even if no list shows the task.
  local function poll_vault(read)
    local vault, err = read("show_vault", { vault_id = request.vault_id })
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
    local id, err = find(request, read)
    if id == nil then
      return nil, err
    elseif id then
      item.task_id = id
      return poll_task(read)
    elseif request.operation_type == "vault_delete" then
      return poll_vault(read)
    end
    return true
  end

  function follower.report()
    local made = report()
    made.operation_type, made.vault_id = request.operation_type, made.vault_id or request.vault_id
    made.backup_id = request.backup_id
    return made
  end

  return follower
end

return started
