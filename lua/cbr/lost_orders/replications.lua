--- Reads the evidence of the replication of a vault, or of the copy of one backup: tasks, and the replication
-- records of the backups. The tasks of one order have the same request id, and tasks of different orders have
-- different ones. So a task of a copy has a request id of its own, and a copy is not mistaken for the replication
-- of a vault that includes the backup.

local check = require "cbr.util.check"
local match = require "cbr.lost_orders.match"
local records = require "cbr.lost_orders.records"
local replicable = require "cbr.objects.replicable"
local status = require "cbr.objects.status"
local tables = require "cbr.util.tables"
local tasks = require "cbr.lost_orders.tasks"
local text = require "cbr.util.text"

local replications = {}

-- Sorts the parts of an order (tasks and records) in the sequence of the list of backups. The service's response to an
-- order has the same sequence.
local function sort_parts(parts, backups)
  local function position_of(part)
    local backup = backups[part.backup_id or ""]
    return backup and backup.position or math.huge
  end
  table.sort(parts, function(a, b)
    local one, other = position_of(a), position_of(b)
    if one ~= other then
      return one < other
    end
    return text.is_before(tostring(a.backup_id), tostring(b.backup_id))
  end)
end

-- Makes the result of a replication whose response was lost; nil if no part of the order names a backup.
local function replication_result(client, params, order, backups)
  local task, record = order.task or {}, order.record or {}
  sort_parts(order.parts, backups)
  local result = {
    backups = {}, vault_id = params.vault_id, destination_vault_id = params.destination_vault_id,
    destination_project_id = params.destination_project_id, destination_region = params.destination_region,
    project_id = task.project_id or record.source_project_id or client.project_id,
    source_region = tasks.source_region(task) or record.source_region or client.region,
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

-- Whether an order has a part with a record for every backup that the order must have replicated.
local function is_complete(order, backups, region)
  local included = {}
  for _, part in ipairs(order.parts) do
    included[part.backup_id or ""] = true
    if not part.replication_record_id then
      return false
    end
  end
  for id, backup in pairs(backups) do
    if not included[id] and replicable.left_out(backup, region) == "unknown" then
      return false
    end
  end
  return true
end

-- Makes a collection of orders, with an index by request id. The orders are in the sequence in which the first
-- part of each was added.
local function new_collection()
  local collection = { list = {}, by_request_id = {} }

  -- Creates an order.
  function collection.new_order(request_id)
    local order = { request_id = request_id, parts = {}, has = {} }
    collection.list[#collection.list + 1] = order
    return order
  end

  -- Returns the order with a request id. If there is no such order, creates it.
  function collection.order_of(request_id)
    local order = collection.by_request_id[request_id] or collection.new_order(request_id)
    collection.by_request_id[request_id] = order
    return order
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

-- Returns the order with a request id that can be the order of the entry; nil if there is no such
-- order, or more than one.
local function only_candidate(entry, orders)
  local found
  for _, order in ipairs(orders) do
    local is_of_other = entry:is_of_concurrent(order.request_id)
    for _, part in ipairs(order.parts) do
      is_of_other = is_of_other or entry:is_of_other(part)
    end
    if not is_of_other then
      if found then
        return nil
      end
      found = order
    end
  end
  return found
end

-- Adds the parts that have no request id. Parts of this client's other orders are not added, but returned. A record
-- without a listed task is added to the only order that can be the order of the entry, if there is exactly one. Of the
-- remaining parts, those that may belong to an earlier order become one order, and all others another order.
local function add_unnamed(entry, collection, unnamed)
  local others, candidate = {}, entry:is_alone() and only_candidate(entry, collection.list)
  local own, unclear
  for _, piece in ipairs(unnamed) do
    local part = tasks.part(piece.task, piece.record, piece.source)
    local order = not piece.task and candidate
    if entry:is_of_other(part) then
      others[#others + 1] = part
      order = nil
    elseif not order and entry:may_be_of_earlier(part) then
      unclear = unclear or collection.new_order(nil)
      order = unclear
    elseif not order then
      own = own or collection.new_order(nil)
      order = own
    end
    if order then
      collection.add(order, piece.task, piece.record, piece.source)
    end
  end
  if own and not entry:is_alone() then
    own.is_mixed = true
  end
  return others
end

--- Reads the evidence of the replication of a vault.
---@param entry cbr.Entry entry of the order
---@param read cbr.Reader
---@return cbr.Evidence? evidence without `is_dated`
---@return cbr.Error? err
function replications.of_vault(entry, read)
  local client, params = entry.client, entry.params
  local shown, err = tasks.read(entry, read, params)
  if not shown then
    return nil, err
  end
  local wanted, span = {}, shown.span
  for _, task in ipairs(shown.matching) do
    local id = tasks.source(task)
    -- Only UUIDs are read, although show_backup accepts other ids: a wrong id would end the reads of the remaining
    -- backups.
    wanted[#wanted + 1] = id and id:find(check.forms.uuid.pattern) and id or nil
  end
  local backups
  backups, err = records.read(read, params, wanted)
  if not backups then
    return nil, err
  end
  local is_running, doubtful = shown.is_running, tasks.parts(shown.doubtful)
  local collection, used, unnamed = new_collection(), {}, {}
  for _, task in ipairs(shown.matching) do
    local source, request_id = tasks.source(task), tasks.request_id(task)
    local matching, others, _, undated = records.compare(backups[source or ""] or {}, params, span)
    if undated and entry:is_of_earlier { replication_record_id = undated.id } then
      undated = nil
    end
    local record = #matching == 1 and matching[1] or undated
    if #matching == 0 and others and not entry:is_named(request_id) then
      -- the task has another destination vault, or a policy has placed its order
      is_running = is_running or not status.has_ended(status.of(task.status))
    elseif request_id then
      collection.add(collection.order_of(request_id), task, record, source)
      used[source or ""] = true
    else
      unnamed[#unnamed + 1] = { task = task, record = record, source = source }
      used[source or ""] = true
    end
  end
  for id, backup in pairs(backups) do
    local matching, _, older = records.compare(backup, params, span)
    for _, record in ipairs(used[id] and {} or matching) do
      unnamed[#unnamed + 1] = { record = record, source = id } -- the task of this record appears later, or never
    end
    for _, record in ipairs(older) do
      doubtful[#doubtful + 1] = tasks.part(nil, record, id)
    end
  end
  for _, part in ipairs(add_unnamed(entry, collection, unnamed)) do
    is_running = is_running or not status.has_ended(part.status)
  end
  local orders = collection.list
  for i = #orders, 1, -1 do
    local order = orders[i]
    order.record = collection.record
    order.result = replication_result(client, params, order, backups)
    order.is_complete = is_complete(order, backups, params.destination_region)
    if order.is_repeated or order.is_mixed then
      table.insert(orders, order) -- one order never replicates a backup to a region twice, so these are two orders
    end
  end
  return { orders = orders, is_running = is_running, doubtful = doubtful, backup_ids = backups }
end

-- Returns the request ids of tasks that copy other backups. Orders with these request ids are not
-- copies of this backup alone.
local function of_other_backups(list, backup_id)
  local request_ids = {}
  for _, task in ipairs(list) do
    local source, request_id = tasks.source(task), tasks.request_id(task)
    if source and not match.agrees(backup_id, source) and request_id then
      request_ids[request_id] = true
    end
  end
  return request_ids
end

-- Makes the result of a copy whose response was lost; nil if the task of the copy does not name the backup.
local function copy_result(client, params, order, backup)
  local task, record, part = order.task or {}, order.record or {}, order.parts[1]
  return part.backup_id and {
    backup_id = part.backup_id, replication_record_id = part.replication_record_id,
    project_id = task.project_id or record.source_project_id or client.project_id,
    provider_id = task.provider_id or backup.provider_id,
    source_region = tasks.source_region(task) or record.source_region or client.region,
    destination_vault_id = params.destination_vault_id, destination_project_id = params.destination_project_id,
    destination_region = params.destination_region,
  } or nil
end

--- Reads the evidence of the copy of one backup: its records, and the tasks of its vault.
---@param entry cbr.Entry entry of the order
---@param read cbr.Reader
---@return cbr.Evidence? evidence without `is_dated`
---@return cbr.Error? err
function replications.of_backup(entry, read)
  local client, params = entry.client, entry.params
  local backups, err = records.read_backup(read, params.backup_id)
  if not backups then
    return nil, err
  end
  local backup = backups[params.backup_id]
  local in_vault = tables.copy(params)
  in_vault.vault_id = type(backup.vault_id) == "string" and backup.vault_id or nil
  local shown
  shown, err = tasks.read(entry, read, in_vault)
  if not shown then
    return nil, err
  end
  local is_running, doubtful, explained = shown.is_running, tasks.parts(shown.doubtful), 0
  local is_other, collection = of_other_backups(shown.matching, params.backup_id), new_collection()
  local matching, others, older = records.compare(backup, params, shown.span)
  for _, task in ipairs(shown.matching) do
    local source, request_id = tasks.source(task), tasks.request_id(task)
    local concerns = match.agrees(params.backup_id, source)
    if concerns and (is_other[request_id or ""] or #matching == 0 and others) then
      -- the task belongs to the replication of a vault, or has another destination vault, or a
      -- policy has placed its order
      is_running = is_running or not status.has_ended(status.of(task.status))
      explained = explained + 1
    elseif concerns then
      local order = request_id and collection.order_of(request_id) or collection.new_order(nil)
      collection.add(order, task, #matching == 1 and matching[1] or nil, source)
    end
  end
  for i = #collection.list + explained + 1, #matching do
    -- A record without a task: the task appears later, or never. If a vault's replication explains one of the records,
    -- nothing shows which record that is.
    collection.add(collection.new_order(nil), nil, matching[i], explained == 0 and params.backup_id or nil)
  end
  for _, record in ipairs(older) do
    doubtful[#doubtful + 1] = tasks.part(nil, record, params.backup_id)
  end
  local orders = collection.list
  for i = #orders, 1, -1 do
    local order = orders[i]
    order.record = matching[1]
    order.result = copy_result(client, params, order, backup)
    order.is_complete = order.parts[1].replication_record_id ~= nil
    if order.is_repeated then
      table.insert(orders, order)
    end
  end
  return { orders = orders, is_running = is_running, doubtful = doubtful, vault_id = in_vault.vault_id }
end

return replications
