--- The traces that an order leaves at the service: tasks, and of a replication records in its backups.
--
-- An order carries no mark of the client's. What can be told is the vault, where to, when, and by whom not: a policy's
-- tasks name the policy, a policy's records are triggered automatically. Tasks of one order have one request id; other
-- ids are other orders.

local core = require "cbr.core"
local errors = require "cbr.errors"
local exchange = require "cbr.exchange"
local progress = require "cbr.progress"
local replication = require "cbr.replication"
local time = require "cbr.time"

local traces = {}

-- Seconds by which the clocks of the gateway, whose Date the client goes by, and of the service may differ; and what a
-- stamp without a fraction leaves out.
local CLOCKS, FRACTION = 1, 1

-- The service lists what began since a time by its own clock. Before its first answer that clock is known only so far
-- as it let a signature in.
local WIDE = 15 * 60

-- Seconds by which they may differ where something is wrong. What fits and is older by no more is in doubt: an order is
-- sent again where nothing shows, and must not be on the word of a clock.
local APART = 30

---@class cbr.Moment
---@field at number on core.monotonic's clock, which stands still while the machine sleeps
---@field date number what was known of the service's time then

-- When something must have been made to come from an order: `surely` and `perhaps` since, by the service's clock.
local function span_of(self, began)
  local now = exchange.service_time(self, began.at)
  return { surely = now - CLOCKS, perhaps = math.min(now, began.date) - APART }
end

-- Whether something was made since then; what has no time cannot be ruled out.
local function is_since(moment, stamp)
  local made = time.parse(stamp)
  return not made or made >= moment - (tostring(stamp):find "%d%.%d" and 0 or FRACTION)
end

local function fits(wanted, value)
  return value == nil or value == "" or value == wanted
end

--- Whether a record or a task is about the destination of an order.
local function leads_there(params, about)
  local extra = progress.table_of(about.extra_info)
  local vault = about.destination_vault_id or extra.destination_vault_id or extra.destinatio_vault_id
  return fits(params.destination_region, about.destination_region)
    and fits(params.destination_project_id, about.destination_project_id) and fits(params.destination_vault_id, vault)
end

-- The records of a backup that can come from an order, whether another one leads to that region since then, and those
-- that can but for their time.
local function records_since(backup, params, span)
  local found, others, doubtful = {}, false, {}
  for _, record in ipairs(progress.tables_of(backup.replication_records)) do
    if fits(params.destination_region, record.destination_region) and is_since(span.perhaps, record.created_at) then
      local auto = progress.table_of(record.extra_info).auto_trigger
      local is_like_it = leads_there(params, record)
        and (type(auto) ~= "boolean" or auto == (params.auto_trigger or false))
      if not is_since(span.surely, record.created_at) then
        doubtful[#doubtful + 1] = is_like_it and record or nil
      elseif is_like_it then
        found[#found + 1] = record
      else
        others = true
      end
    end
  end
  return found, others, doubtful
end

-- An entry for `err.seen`.
local function entry(task, record, backup_id)
  local from = task or record
  return {
    operation_log_id = task and task.id, backup_id = backup_id, replication_record_id = record and record.id,
    status = progress.status(from.status), created_at = from.created_at,
    request_id = task and progress.table_of(progress.table_of(task.extra_info).common).request_id or nil,
  }
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

-- A whole list. Where one shows nothing, an order is sent again: so a list that is not as long as it says is none.
local function whole_list(get, path, query, name)
  local entries, err, count = replication.all(get, path, query, name)
  if not entries then
    return nil, err
  elseif not tonumber(count) or #entries < tonumber(count) then
    return nil, errors.new {
      kind = "protocol", message = ("%d of %s '%s' were in the answer"):format(#entries, tostring(count), name),
    }
  end
  return entries
end

-- -> those that can come from the order; those that can but for their time, whether others run, when it was made
local function tasks_of(self, get, params, kind, began)
  local tasks, err = whole_list(get, "/v3/{project_id}/operation-logs", {
    vault_id = params.vault_id, start_time = time.text(span_of(self, began).perhaps - WIDE),
  }, "operation_logs")
  if not tasks then
    return nil, err
  end
  local span = span_of(self, began) -- better known now
  local found, doubtful, running = {}, {}, false
  for _, task in ipairs(tasks) do
    local about = progress.table_of(progress.table_of(task.extra_info).replication)
    if task.operation_type == kind then
      local is_like_it = fits(nil, task.policy_id) and leads_there(params, about)
      if is_like_it and is_since(span.surely, task.created_at) then
        found[#found + 1] = task
      else
        running = running or not progress.has_ended(progress.status(task.status))
        if is_like_it and is_since(span.perhaps, task.created_at) then
          doubtful[#doubtful + 1] = entry(task, nil, about.source_backup_id)
        end
      end
    end
  end
  return found, doubtful, running, span
end

---@class cbr.Traces
---@field orders table[] every order that fits: `entries`, `request_id?`, `answer?`, `is_whole`
---@field running boolean whether something of that kind runs on the vault that does not fit
---@field doubtful table[] entries of what fits but for its time
---@field dated boolean whether the service said what time it is

-- -> cbr.Traces; nil, err
local function of_sync(self, get, params, began)
  local tasks, doubtful, running = tasks_of(self, get, params, "sync", began)
  if not tasks then
    return nil, doubtful
  end
  local orders = {}
  for _, task in ipairs(tasks) do
    local seen = entry(task)
    orders[#orders + 1] = {
      entries = { seen }, request_id = seen.request_id, is_whole = true,
      answer = { operation_log_id = task.id, vault_id = params.vault_id },
    }
  end
  return { orders = orders, running = running, doubtful = doubtful }
end

-- The backups of a vault by id, with the records that fit. Where the list shows no records at all, the backups that
-- tasks name are asked one by one, until one has none either: that cloud shows none.
local function backups_of(get, params, wanted)
  local backups, err = whole_list(get, "/v3/{project_id}/backups", {
    vault_id = params.vault_id, show_replication = true,
  }, "backups")
  if not backups then
    return nil, err
  end
  local by_id, recorded = {}, false
  for place, backup in ipairs(backups) do
    backup.place, by_id[backup.id] = place, backup
    recorded = recorded or type(backup.replication_records) == "table" and #backup.replication_records > 0
  end
  for _, id in ipairs(recorded and {} or wanted) do
    local body
    body, err = get("/v3/{project_id}/backups/" .. id, {})
    local backup = body and progress.table_of(body.backup)
    if not backup and err.kind ~= "not_found" then
      return nil, err
    end
    local records = backup and backup.replication_records
    if type(records) ~= "table" or #records == 0 then
      break
    end
    by_id[id] = by_id[id] or { id = id, place = #backups }
    by_id[id].replication_records = records
  end
  return by_id
end

local function replicate_answer(self, params, order, tasks, backups, newest)
  local task, record = tasks[1] or {}, newest or {}
  local about = progress.table_of(progress.table_of(task.extra_info).replication)
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
  local tasks, doubtful, running, span = tasks_of(self, get, params, "replication", began)
  if not tasks then
    return nil, doubtful
  end
  local wanted = {}
  for i, task in ipairs(tasks) do
    wanted[i] = progress.table_of(progress.table_of(task.extra_info).replication).source_backup_id
  end
  local backups, err = backups_of(get, params, wanted)
  if not backups then
    return nil, err
  end
  local orders, by_order, used = {}, {}, {}
  local newest
  local function add(order, task, record, backup_id)
    order.entries[#order.entries + 1] = entry(task, record, backup_id)
    if backup_id then
      order.twice = order.twice or order[backup_id]
      order[backup_id] = true
    end
    newest = newest or record
  end
  for i, task in ipairs(tasks) do
    local backup = backups[wanted[i] or ""] or {}
    local records, others = records_since(backup, params, span)
    if #records > 0 or not others then -- else it leads to another vault, or is a policy's
      local seen = entry(task)
      local order = order_of(orders, seen.request_id)
      by_order[order] = by_order[order] or {}
      table.insert(by_order[order], task)
      add(order, task, #records == 1 and records[1] or nil, wanted[i])
      used[wanted[i] or ""] = true
    else
      running = running or not progress.has_ended(progress.status(task.status))
    end
  end
  for id, backup in pairs(backups) do
    local records, _, older = records_since(backup, params, span)
    for _, record in ipairs(used[id] and {} or records) do
      -- a record without a task, which shows later or nowhere
      add(#orders == 1 and orders[1] or order_of(orders, nil), nil, record, id)
    end
    for _, record in ipairs(older) do
      doubtful[#doubtful + 1] = entry(nil, record, id)
    end
  end
  for i = #orders, 1, -1 do
    local order = orders[i]
    order.answer = replicate_answer(self, params, order, by_order[order] or {}, backups, newest)
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
