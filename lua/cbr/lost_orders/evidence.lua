--- The traces that an order leaves at the service: tasks, and of a replication records in its backups.
--
-- An order carries no mark of the client's. What can be told is the vault, where to, when, and by whom not: a policy's
-- tasks name the policy, a policy's records are triggered automatically. Tasks of one order have one request id; other
-- ids are other orders.

local core = require "cbr.core"
local progress = require "cbr.follow.status"
local replication = require "cbr.follow.replication"
local time = require "cbr.util.time"
local records = require "cbr.lost_orders.records"
local tasks = require "cbr.lost_orders.tasks"

local traces = {}

local function source_of(task)
  local id = progress.about(task, "replication").source_backup_id
  return type(id) == "string" and id or nil
end

-- An entry for `err.seen`.
local function entry(task, record, backup_id)
  local from = task or record
  return {
    operation_log_id = task and task.id, backup_id = backup_id, replication_record_id = record and record.id,
    status = progress.status(from.status), created_at = from.created_at,
    request_id = progress.about(task, "common").request_id,
  }
end

local function entries_of(doubtful)
  local entries = {}
  for i, task in ipairs(doubtful) do
    entries[i] = entry(task, nil, source_of(task))
  end
  return entries
end

--- The order that an entry belongs to, made where there is none yet.
local function order_of(orders, request_id)
  local key = request_id or ""
  if not orders[key] then
    orders[key] = { request_id = request_id, entries = {} }
    orders[#orders + 1] = orders[key]
  end
  return orders[key]
end

---@class cbr.Traces
---@field orders table[] every order that fits: `entries`, `request_id?`, `answer?`, `is_whole`
---@field running boolean whether something of that kind runs on the vault that does not fit
---@field doubtful table[] entries of what fits but for its time
---@field dated boolean whether the service said what time it is

-- -> cbr.Traces; nil, err
local function of_sync(self, get, params, began)
  local shown, err = tasks.since(self, get, params, "sync", began)
  if not shown then
    return nil, err
  end
  local orders = {}
  for _, task in ipairs(shown.found) do
    local seen = entry(task)
    orders[#orders + 1] = {
      entries = { seen }, request_id = seen.request_id, is_whole = true,
      answer = { operation_log_id = task.id, vault_id = params.vault_id },
    }
  end
  return { orders = orders, running = shown.running, doubtful = entries_of(shown.doubtful) }
end

local function replicate_answer(self, params, order, task, backups, newest)
  local record = newest or {}
  local about = progress.about(task, "replication")
  table.sort(order.entries, function(a, b)
    local one, other = backups[a.backup_id or ""], backups[b.backup_id or ""]
    if one and other and one.place ~= other.place then
      return one.place < other.place
    end
    return tostring(a.backup_id) < tostring(b.backup_id)
  end)
  local answer = {
    backups = {}, vault_id = params.vault_id, destination_vault_id = params.destination_vault_id,
    destination_project_id = params.destination_project_id, destination_region = params.destination_region,
    project_id = task.project_id or record.source_project_id or self.project_id,
    source_region = about.source_region or record.source_region or self.region,
  }
  for _, one in ipairs(order.entries) do
    if one.backup_id then
      table.insert(answer.backups, {
        backup_id = one.backup_id, replication_record_id = one.replication_record_id,
      })
      local backup = backups[one.backup_id]
      answer.provider_id = answer.provider_id or task.provider_id or backup and backup.provider_id
    end
  end
  return #answer.backups > 0 and answer or nil -- tasks that do not say of what they are no answer
end

-- Whether all is there that the order must have taken, each with its record.
local function is_whole(order, backups, region)
  local taken = {}
  for _, one in ipairs(order.entries) do
    taken[one.backup_id or ""] = true
    if not one.replication_record_id then
      return false
    end
  end
  for id, backup in pairs(backups) do
    if not taken[id] and replication.why_left_out(backup, region) == "unknown" then
      return false
    end
  end
  return true
end

-- -> cbr.Traces; nil, err
local function of_replication(self, get, params, began)
  local shown, err = tasks.since(self, get, params, "replication", began)
  if not shown then
    return nil, err
  end
  local wanted, span = {}, shown.span
  for _, task in ipairs(shown.found) do
    wanted[#wanted + 1] = source_of(task)
  end
  local backups
  backups, err = records.backups(get, params, wanted)
  if not backups then
    return nil, err
  end
  local running, doubtful = shown.running, entries_of(shown.doubtful)
  local orders, first_of, used = {}, {}, {}
  local newest
  local function add(order, task, record, backup_id)
    order.entries[#order.entries + 1] = entry(task, record, backup_id)
    if backup_id then
      order.twice = order.twice or order[backup_id]
      order[backup_id] = true
    end
    newest = newest or record
  end
  for _, task in ipairs(shown.found) do
    local source = source_of(task)
    local backup = backups[source or ""] or {}
    local found, others = records.since(backup, params, span)
    if #found > 0 or not others then -- else it leads to another vault, or is a policy's
      local order = order_of(orders, entry(task).request_id)
      first_of[order] = first_of[order] or task
      add(order, task, #found == 1 and found[1] or nil, source)
      used[source or ""] = true
    else
      running = running or not progress.has_ended(progress.status(task.status))
    end
  end
  for id, backup in pairs(backups) do
    local found, _, older = records.since(backup, params, span)
    for _, record in ipairs(used[id] and {} or found) do
      -- a record without a task, which shows later or nowhere
      add(#orders == 1 and orders[1] or order_of(orders, nil), nil, record, id)
    end
    for _, record in ipairs(older) do
      doubtful[#doubtful + 1] = entry(nil, record, id)
    end
  end
  for i = #orders, 1, -1 do
    local order = orders[i]
    order.answer = replicate_answer(self, params, order, first_of[order] or {}, backups, newest)
    order.is_whole = is_whole(order, backups, params.destination_region)
    if order.twice then
      table.insert(orders, order) -- one backup goes to a region once in an order: these are two
    end
  end
  return { orders = orders, running = running, doubtful = doubtful }
end

local KINDS = { replication = of_replication, sync = of_sync }

--- Looks once.
---@param self cbr.Client
---@param get fun(path: string, query: table): table?, cbr.Error?
---@param kind "replication"|"sync"
---@param params table of the order
---@param began cbr.Moment since when
---@return cbr.Traces?
---@return cbr.Error? err
function traces.look(self, get, kind, params, began)
  local from = core.monotonic()
  local found, err = KINDS[kind](self, get, params, began)
  if found then
    local seen = self.service_date
    found.dated = seen ~= nil and seen.at >= from and time.parse(seen.text) ~= nil
  end
  return found, err
end

return traces
