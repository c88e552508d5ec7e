--- The evidence of a replication of a vault, and of the copy of one backup: tasks of one type, and the replication
-- records of the backups. The tasks of one order have the same request id; tasks with another request id belong to
-- another order. So a task of a copy has a request id of its own, and a copy is not mistaken for the replication of a
-- vault that includes the backup.

local check = require "cbr.util.check"
local left_out = require "cbr.follow.left_out"
local match = require "cbr.lost_orders.match"
local records = require "cbr.lost_orders.records"
local status = require "cbr.follow.status"
local tables = require "cbr.util.tables"
local tasks = require "cbr.lost_orders.tasks"
local text = require "cbr.util.text"

local replications = {}

-- Sorts parts as the list of backups is sorted. The service uses the same sequence in its responses.
local function sort_parts(parts, backups)
  local function place_of(part)
    local backup = backups[part.backup_id or ""]
    return backup and backup.place or math.huge
  end
  table.sort(parts, function(a, b)
    local one, other = place_of(a), place_of(b)
    if one ~= other then
      return one < other
    end
    return text.is_before(tostring(a.backup_id), tostring(b.backup_id))
  end)
end

-- The result of a replication whose response was lost; nil if its tasks do not name their backups.
local function replication_result(client, params, order, backups)
  local task, record = order.task or {}, order.record or {}
  local about = status.about(order.task, "replication")
  sort_parts(order.parts, backups)
  local result = {
    backups = {}, vault_id = params.vault_id, destination_vault_id = params.destination_vault_id,
    destination_project_id = params.destination_project_id, destination_region = params.destination_region,
    project_id = task.project_id or record.source_project_id or client.project_id,
    source_region = about.source_region or record.source_region or client.region,
  }
  for _, part in ipairs(order.parts) do
    if part.backup_id then
      table.insert(result.backups, { backup_id = part.backup_id, replication_record_id = part.replication_record_id })
      local backup = backups[part.backup_id]
      result.provider_id = result.provider_id or task.provider_id or backup and backup.provider_id
    end
  end
  return #result.backups > 0 and result or nil
end

-- Whether the parts of an order include every backup that the order must have replicated, each with its record.
local function is_complete(order, backups, region)
  local included = {}
  for _, part in ipairs(order.parts) do
    included[part.backup_id or ""] = true
    if not part.replication_record_id then
      return false
    end
  end
  for id, backup in pairs(backups) do
    if not included[id] and left_out.reason(backup, region) == "unknown" then
      return false
    end
  end
  return true
end

-- A collection of orders by request id. It keeps the sequence in which their first parts were added.
local function new_collection()
  local collection = { list = {}, by_request_id = {} }

  -- Creates an order.
  function collection.new_order(request_id)
    local order = { request_id = request_id, parts = {}, has = {} }
    collection.list[#collection.list + 1] = order
    return order
  end

  -- Returns the order with a request id, and creates it if necessary.
  function collection.order_of(request_id)
    local key = request_id or ""
    collection.by_request_id[key] = collection.by_request_id[key] or collection.new_order(request_id)
    return collection.by_request_id[key]
  end

  function collection.add(order, task, record, backup_id)
    order.parts[#order.parts + 1] = tasks.part(task, record, backup_id)
    if backup_id then
      order.is_repeated = order.is_repeated or order.has[backup_id]
      order.has[backup_id] = true
    end
    order.task = order.task or task
    collection.record = collection.record or record
  end

  return collection
end

--- Reads the evidence of the replication of a vault.
---@param client cbr.Client
---@param read cbr.Reader
---@param params table of the order
---@param began cbr.Moment when the order was about to be sent
---@return cbr.Evidence? evidence without `is_dated`
---@return cbr.Error? err
function replications.of_vault(client, read, params, began)
  local shown, err = tasks.read(client, read, "replication", params, began)
  if not shown then
    return nil, err
  end
  local wanted, span = {}, shown.span
  for _, task in ipairs(shown.fitting) do
    local id = tasks.source(task)
    wanted[#wanted + 1] = id and id:find(check.forms.uuid.pattern) and id or nil
  end
  local backups
  backups, err = records.read(read, params, wanted)
  if not backups then
    return nil, err
  end
  local is_running, doubtful = shown.is_running, tasks.parts(shown.doubtful)
  local collection, used = new_collection(), {}
  for _, task in ipairs(shown.fitting) do
    local source = tasks.source(task)
    local fitting, others = records.compare(backups[source or ""] or {}, params, span)
    if #fitting > 0 or not others then -- otherwise the task has another destination vault, or a policy placed it
      local order = collection.order_of(status.about(task, "common").request_id)
      collection.add(order, task, #fitting == 1 and fitting[1] or nil, source)
      used[source or ""] = true
    else
      is_running = is_running or not status.has_ended(status.of(task.status))
    end
  end
  for id, backup in pairs(backups) do
    local fitting, _, older = records.compare(backup, params, span)
    for _, record in ipairs(used[id] and {} or fitting) do
      -- a record without a task: the task appears later, or never
      local orders = collection.list
      collection.add(#orders == 1 and orders[1] or collection.order_of(nil), nil, record, id)
    end
    for _, record in ipairs(older) do
      doubtful[#doubtful + 1] = tasks.part(nil, record, id)
    end
  end
  local orders = collection.list
  for i = #orders, 1, -1 do
    local order = orders[i]
    order.record = collection.record
    order.result = replication_result(client, params, order, backups)
    order.is_complete = is_complete(order, backups, params.destination_region)
    if order.is_repeated then
      table.insert(orders, order) -- one order replicates a backup to a region once: these are two orders
    end
  end
  return { orders = orders, is_running = is_running, doubtful = doubtful, backup_ids = backups }
end

-- The request ids of the tasks that copy another backup: those are no copies of one backup.
local function of_other_backups(list, backup_id)
  local request_ids = {}
  for _, task in ipairs(list) do
    local source, request_id = tasks.source(task), status.about(task, "common").request_id
    if source and source ~= backup_id and request_id then
      request_ids[request_id] = true
    end
  end
  return request_ids
end

-- The result of a copy whose response was lost; nil if its task does not name the backup.
local function copy_result(client, params, order, backup)
  local task, record, part = order.task or {}, order.record or {}, order.parts[1]
  return part.backup_id and {
    backup_id = part.backup_id, replication_record_id = part.replication_record_id,
    project_id = task.project_id or record.source_project_id or client.project_id,
    provider_id = task.provider_id or backup.provider_id,
    source_region = status.about(order.task, "replication").source_region or record.source_region or client.region,
    destination_vault_id = params.destination_vault_id, destination_project_id = params.destination_project_id,
    destination_region = params.destination_region,
  } or nil
end

--- Reads the evidence of the copy of one backup: its records, and the tasks of its vault.
---@param client cbr.Client
---@param read cbr.Reader
---@param params table of the order
---@param began cbr.Moment when the order was about to be sent
---@return cbr.Evidence? evidence without `is_dated`
---@return cbr.Error? err
function replications.of_backup(client, read, params, began)
  local backups, err = records.read_backup(read, params.backup_id)
  if not backups then
    return nil, err
  end
  local backup = backups[params.backup_id]
  local in_vault = tables.copy(params)
  in_vault.vault_id = type(backup.vault_id) == "string" and backup.vault_id or nil
  local shown
  shown, err = tasks.read(client, read, "replication", in_vault, began)
  if not shown then
    return nil, err
  end
  local is_running, doubtful, explained = shown.is_running, tasks.parts(shown.doubtful), 0
  local is_other, collection = of_other_backups(shown.fitting, params.backup_id), new_collection()
  local fitting, others, older = records.compare(backup, params, shown.span)
  for _, task in ipairs(shown.fitting) do
    local source, request_id = tasks.source(task), status.about(task, "common").request_id
    local concerns = match.agrees(params.backup_id, source)
    if concerns and (is_other[request_id or ""] or #fitting == 0 and others) then
      -- the task belongs to the replication of a vault, or it has another destination vault, or a policy placed it
      is_running = is_running or not status.has_ended(status.of(task.status))
      explained = explained + 1
    elseif concerns then
      local order = request_id and collection.order_of(request_id) or collection.new_order(nil)
      collection.add(order, task, #fitting == 1 and fitting[1] or nil, source)
    end
  end
  for i = #collection.list + explained + 1, #fitting do
    -- A record without a task: the task appears later, or never. If a vault's replication explains one of the records,
    -- it is not known which.
    collection.add(collection.new_order(nil), nil, fitting[i], explained == 0 and params.backup_id or nil)
  end
  for _, record in ipairs(older) do
    doubtful[#doubtful + 1] = tasks.part(nil, record, params.backup_id)
  end
  local orders = collection.list
  for i = #orders, 1, -1 do
    local order = orders[i]
    order.record = fitting[1]
    order.result = copy_result(client, params, order, backup)
    order.is_complete = order.parts[1].replication_record_id ~= nil
    if order.is_repeated then
      table.insert(orders, order)
    end
  end
  return { orders = orders, is_running = is_running, doubtful = doubtful, vault_id = in_vault.vault_id }
end

return replications
