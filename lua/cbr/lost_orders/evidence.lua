--- The evidence of an order at the service: its tasks, and for a replication also the records in its backups.
--
-- A client cannot mark its orders. An order is recognised by its vault, its destination and its time, and because no
-- policy placed it. The tasks of one order have the same request id; tasks with another request id belong to another
-- order.

local check = require "cbr.util.check"
local core = require "cbr.core"
local left_out = require "cbr.follow.left_out"
local records = require "cbr.lost_orders.records"
local service_clock = require "cbr.call.service_clock"
local status = require "cbr.follow.status"
local tasks = require "cbr.lost_orders.tasks"
local text = require "cbr.util.text"

local evidence = {}

local function source_of(task)
  local id = status.about(task, "replication").source_backup_id
  return type(id) == "string" and id or nil
end

-- A part of an order, as `err.seen` shows it.
local function part_of(task, record, backup_id)
  local from = task or record
  return {
    operation_log_id = task and task.id, backup_id = backup_id, replication_record_id = record and record.id,
    status = status.of(from.status), created_at = from.created_at,
    request_id = status.about(task, "common").request_id,
  }
end

local function parts_of_tasks(list)
  local parts = {}
  for i, task in ipairs(list) do
    parts[i] = part_of(task, nil, source_of(task))
  end
  return parts
end

---@class cbr.FoundOrder an order that the service shows
---@field parts table[] its tasks and records, as `err.seen` shows them
---@field request_id? string
---@field result? table what the lost response would have contained; nil if that is not known
---@field is_complete boolean whether the service shows all parts of the order
---@field is_proved? boolean a request id proves that it is the order that was searched for

---@class cbr.Evidence
---@field orders cbr.FoundOrder[] the orders that fit
---@field is_running boolean whether another task of that type is in progress on the vault
---@field doubtful table[] parts that fit except for their time
---@field is_dated boolean whether the service's time is known from a Date header

---@alias cbr.Reader fun(name: string, params: table): table?, cbr.Error? calls an operation that reads

-- Reads the evidence of a sync. Returns cbr.Evidence; or nil and an error.
local function of_sync(client, read, params, began)
  local shown, err = tasks.read(client, read, "sync", params, began)
  if not shown then
    return nil, err
  end
  local orders = {}
  for _, task in ipairs(shown.fitting) do
    local part = part_of(task)
    orders[#orders + 1] = {
      parts = { part }, request_id = part.request_id, is_complete = true,
      result = { operation_log_id = task.id, vault_id = params.vault_id },
    }
  end
  return { orders = orders, is_running = shown.is_running, doubtful = parts_of_tasks(shown.doubtful) }
end

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

  -- Returns the order with a request id, and creates it if necessary.
  function collection.order_of(request_id)
    local key = request_id or ""
    local order = collection.by_request_id[key]
    if not order then
      order = { request_id = request_id, parts = {}, has = {} }
      collection.by_request_id[key] = order
      collection.list[#collection.list + 1] = order
    end
    return order
  end

  function collection.add(order, task, record, backup_id)
    order.parts[#order.parts + 1] = part_of(task, record, backup_id)
    if backup_id then
      order.is_repeated = order.is_repeated or order.has[backup_id]
      order.has[backup_id] = true
    end
    order.task = order.task or task
    collection.record = collection.record or record
  end

  return collection
end

-- Reads the evidence of a replication. Returns cbr.Evidence; or nil and an error.
local function of_replication(client, read, params, began)
  local shown, err = tasks.read(client, read, "replication", params, began)
  if not shown then
    return nil, err
  end
  local wanted, span = {}, shown.span
  for _, task in ipairs(shown.fitting) do
    local id = source_of(task)
    -- only UUIDs, although show_backup accepts other ids: a wrong one would end the reading of the backups after it
    wanted[#wanted + 1] = id and id:find(check.forms.uuid.pattern) and id or nil
  end
  local backups
  backups, err = records.read(read, params, wanted)
  if not backups then
    return nil, err
  end
  local is_running, doubtful = shown.is_running, parts_of_tasks(shown.doubtful)
  local collection, used = new_collection(), {}
  for _, task in ipairs(shown.fitting) do
    local source = source_of(task)
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
      doubtful[#doubtful + 1] = part_of(nil, record, id)
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
  return { orders = orders, is_running = is_running, doubtful = doubtful }
end

local KINDS = { replication = of_replication, sync = of_sync }

--- Reads the evidence of an order.
---@param client cbr.Client
---@param read cbr.Reader
---@param kind "replication"|"sync"
---@param params table of the order
---@param began cbr.Moment when the order was about to be sent
---@return cbr.Evidence?
---@return cbr.Error? err
function evidence.read(client, read, kind, params, began)
  local asked_at = core.monotonic()
  local shown, err = KINDS[kind](client, read, params, began)
  if shown then
    local date = client.date_header
    shown.is_dated = date and date.at >= asked_at and service_clock.date(date) ~= nil or false
  end
  return shown, err
end

return evidence
