--- Finds an order whose answer was lost: by the tasks that the service has begun on the vault since.
--
-- Before an order is claimed, the newest task of its sort is noted. What is newer afterwards is of this order, or of
-- somebody else's who gave the same one meanwhile. Both times are the service's own: no clock of ours comes in.

local search = {}

local A_DAY = 24 * 3600 -- further back than any clock by which a signature is still accepted

local function is_of_order(task, order)
  local extra = type(task.extra_info) == "table" and task.extra_info or {}
  if order.kind == "sync" then
    return task.operation_type == "sync"
  end
  local about = type(extra.replication) == "table" and extra.replication or {}
  local region = order.params.destination_region
  return about.source_backup_id ~= nil and (about.destination_region or region) == region
end

local function tasks(client, order, now, timeout)
  local found = {}
  local query = {
    vault_id = order.vault_id, start_time = os.date("!%Y-%m-%dT%H:%M:%SZ", math.floor(now - A_DAY)),
  }
  for task, err in client:each("list_op_logs", query, { timeout = timeout }) do
    if not task then
      return nil, err
    elseif is_of_order(task, order) then
      found[#found + 1] = task
    end
  end
  return found
end

--- When the newest task of the order's sort was made, in the service's words; "" where there is none.
---@return string? stamp
---@return table? err
function search.newest(client, order, now, timeout)
  local found, err = tasks(client, order, now, timeout)
  if not found then
    return nil, err
  end
  local newest = ""
  for _, task in ipairs(found) do
    local made = tostring(task.created_at)
    newest = made > newest and made or newest
  end
  return newest
end

--- What the order has begun, in the form in which client:wait takes it.
---@return table? started nil where nothing was found, or the look failed
---@return integer|table count how many tasks; or the error
function search.started(client, order, now, timeout)
  local found, err = tasks(client, order, now, timeout)
  if not found then
    return nil, err
  end
  local backups, seen, newest = {}, {}, nil
  for _, task in ipairs(found) do
    if tostring(task.created_at) > order.baseline then
      newest = task
      local backup = order.kind == "replicate" and task.extra_info.replication.source_backup_id
      if backup and not seen[backup] then
        seen[backup] = true
        backups[#backups + 1] = { backup_id = backup }
      end
    end
  end
  if not newest then
    return nil, 0
  elseif order.kind == "sync" then
    return { operation_log_id = newest.id, vault_id = order.vault_id }, 1
  end
  local params = order.params
  return {
    backups = backups, vault_id = order.vault_id, destination_vault_id = params.destination_vault_id,
    destination_project_id = params.destination_project_id, destination_region = params.destination_region,
  }, #backups
end

return search
