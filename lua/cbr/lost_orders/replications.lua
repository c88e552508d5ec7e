--- Reads the evidence of the replication of a vault, or of the copy of one backup: tasks, and the replication
-- records of the backups. The tasks of one order have the same request id, and tasks of different orders have
-- different ones. So a task of a copy has a request id of its own, and a copy is not mistaken for the replication
-- of a vault that includes the backup.

local check = require "cbr.util.check"
local fields = require "cbr.objects.fields"
local match = require "cbr.lost_orders.match"
local records = require "cbr.lost_orders.records"
local results = require "cbr.lost_orders.results"
local status = require "cbr.objects.status"
local tables = require "cbr.util.tables"
local tasks = require "cbr.lost_orders.tasks"

local replications = {}

-- Makes a part of an order, as `err.seen` shows parts. A piece is { task, record, source }: a task with its record, a
-- task alone, or a record alone; `source` is the id of the backup, if it is known.
local function part_of(piece)
  return tasks.part(piece.task, piece.record, piece.source)
end

-- Makes a collection of the orders to which tasks and records belong. The orders are in the sequence in which the first
-- piece of each was added. `shown` is the result of tasks.read.
local function new_collection(shown)
  local collection = {
    orders = {}, is_running = shown.is_running, doubtful = tasks.parts(shown.doubtful),
    record = nil, -- the first record that was added
  }
  local by_request_id = {}

  -- Creates an order.
  function collection.new_order(request_id)
    local order = { request_id = request_id, parts = {}, has = {} }
    collection.orders[#collection.orders + 1] = order
    return order
  end

  -- Returns the order with a request id. If there is no such order, creates it.
  function collection.order_of(request_id)
    by_request_id[request_id] = by_request_id[request_id] or collection.new_order(request_id)
    return by_request_id[request_id]
  end

  function collection.add(order, piece)
    order.parts[#order.parts + 1] = part_of(piece)
    if piece.source then
      order.is_repeated = order.is_repeated or order.has[piece.source]
      order.has[piece.source] = true
    end
    order.task = order.task or piece.task
    collection.record = collection.record or piece.record
  end

  function collection.add_doubtful(list, backup_id)
    for _, record in ipairs(list) do
      table.insert(collection.doubtful, part_of { record = record, source = backup_id })
    end
  end

  -- Notes the status of something that belongs to another order.
  function collection.note_other(status_of_other)
    collection.is_running = collection.is_running or not status.has_ended(status_of_other)
  end

  -- Sets the result of each order and whether the order is complete: `describe(order)` returns both. An order whose
  -- parts may come from two orders is then there twice.
  function collection.finish(describe)
    local orders = collection.orders
    for i = #orders, 1, -1 do
      local order = orders[i]
      order.result, order.is_complete = describe(order)
      if order.is_repeated or order.is_mixed then
        table.insert(orders, order) -- one order never replicates a backup to a region twice, so these are two orders
      end
    end
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

-- Adds the pieces that have no request id. Pieces of this client's other orders are not added. A record without a
-- listed task is added to the only order that can be the order of the entry, if there is exactly one. Of the remaining
-- pieces, those that may belong to an earlier order become one order, and all others another order.
local function add_unnamed(entry, collection, unnamed)
  local candidate = entry:is_alone() and only_candidate(entry, collection.orders)
  local own, unclear
  for _, piece in ipairs(unnamed) do
    local part = part_of(piece)
    if entry:is_of_other(part) then
      collection.note_other(part.status)
    elseif candidate and not piece.task then
      collection.add(candidate, piece)
    elseif entry:may_be_of_earlier(part) then
      unclear = unclear or collection.new_order(nil)
      collection.add(unclear, piece)
    else
      own = own or collection.new_order(nil)
      collection.add(own, piece)
    end
  end
  if own and not entry:is_alone() then
    own.is_mixed = true
  end
end

-- Returns the ids of the backups that tasks name. Only UUIDs are read, although show_backup accepts other ids: a wrong
-- id would end the reads of the remaining backups.
local function named_backups(list)
  local ids = {}
  for _, task in ipairs(list) do
    local id = tasks.source(task)
    ids[#ids + 1] = id and id:find(check.forms.uuid.pattern) and id or nil
  end
  return ids
end

-- Adds the tasks that have a request id, each with its record. Returns the remaining pieces: tasks without a request
-- id, and records whose tasks are not listed (they appear later, or never).
local function add_named(entry, collection, shown, backups)
  local params, span, unnamed, has_task = entry.params, shown.span, {}, {}
  for _, task in ipairs(shown.matching) do
    local source, request_id = tasks.source(task), tasks.request_id(task)
    local matching, others, _, undated = records.compare(backups[source or ""] or {}, params, span)
    if undated and entry:is_of_earlier { replication_record_id = undated.id } then
      undated = nil
    end
    local piece = { task = task, record = #matching == 1 and matching[1] or undated, source = source }
    if #matching == 0 and others and not entry:is_named(request_id) then
      -- the task has another destination vault, or a policy has placed its order
      collection.note_other(status.of(task.status))
    else
      has_task[source or ""] = true
      if request_id then
        collection.add(collection.order_of(request_id), piece)
      else
        unnamed[#unnamed + 1] = piece
      end
    end
  end
  for id, backup in pairs(backups) do
    local matching, _, older = records.compare(backup, params, span)
    for _, record in ipairs(has_task[id] and {} or matching) do
      unnamed[#unnamed + 1] = { record = record, source = id }
    end
    collection.add_doubtful(older, id)
  end
  return unnamed
end

--- Reads the evidence of the replication of a vault.
---@param entry cbr.Entry entry of the order
---@param read cbr.Reader
---@return cbr.Evidence? evidence without `is_dated`
---@return cbr.Error? err
function replications.of_vault(entry, read)
  local shown, err = tasks.read(entry, read, entry.params)
  if not shown then
    return nil, err
  end
  local backups
  backups, err = records.read(read, entry.params, named_backups(shown.matching))
  if not backups then
    return nil, err
  end
  local collection = new_collection(shown)
  add_unnamed(entry, collection, add_named(entry, collection, shown, backups))
  collection.finish(function(order)
    local result = results.of_replication(entry, order, collection.record, backups)
    return result, results.is_complete(entry, order, backups)
  end)
  local backup_ids = {}
  for id in pairs(backups) do
    backup_ids[fields.key(id)] = true
  end
  return {
    orders = collection.orders, is_running = collection.is_running, doubtful = collection.doubtful,
    backup_ids = backup_ids,
  }
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

-- Adds the tasks of the copy of a backup, and the records that match.
local function add_copies(entry, collection, list, matching, others)
  local id, explained = entry.params.backup_id, 0
  local is_other = of_other_backups(list, id)
  for _, task in ipairs(list) do
    local source, request_id = tasks.source(task), tasks.request_id(task)
    local concerns = match.agrees(id, source)
    if concerns and (is_other[request_id or ""] or #matching == 0 and others) then
      -- the task belongs to the replication of a vault, or has another destination vault, or a
      -- policy has placed its order
      collection.note_other(status.of(task.status))
      explained = explained + 1
    elseif concerns then
      local order = request_id and collection.order_of(request_id) or collection.new_order(nil)
      collection.add(order, { task = task, record = #matching == 1 and matching[1] or nil, source = source })
    end
  end
  for i = #collection.orders + explained + 1, #matching do
    -- A record without a task: the task appears later, or never. If a vault's replication explains one of the records,
    -- nothing shows which record that is.
    collection.add(collection.new_order(nil), { record = matching[i], source = explained == 0 and id or nil })
  end
end

--- Reads the evidence of the copy of one backup: its records, and the tasks of its vault.
---@param entry cbr.Entry entry of the order
---@param read cbr.Reader
---@return cbr.Evidence? evidence without `is_dated`
---@return cbr.Error? err
function replications.of_backup(entry, read)
  local params = entry.params
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
  local collection = new_collection(shown)
  local matching, others, older = records.compare(backup, params, shown.span)
  add_copies(entry, collection, shown.matching, matching, others)
  collection.add_doubtful(older, params.backup_id)
  collection.finish(function(order)
    local is_complete = order.parts[1].replication_record_id ~= nil
    return results.of_copy(entry, order, matching[1], backup), is_complete
  end)
  return {
    orders = collection.orders, is_running = collection.is_running, doubtful = collection.doubtful,
    vault_id = in_vault.vault_id,
  }
end

return replications
