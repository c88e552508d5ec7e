--- The entry of an order in progress. It collects the results of this client's other orders on the same vault. If the
-- response to the order is lost, the search must not take one of those orders for it.

local core = require "cbr.core"
local log = require "cbr.util.log"
local search = require "cbr.lost_orders.search"

local entry = {}

-- The ids of a client's orders are kept for at least this long, because tasks and records of this age can seem to
-- belong to a later order.
local RECENT_SECONDS = 60

---@class cbr.Entry
---@field client cbr.Client
---@field kind "replication"|"sync" the type of the order's tasks
---@field params table
---@field began? cbr.Moment when the first attempt with an unknown outcome began
---@field searches integer how many times the service was read
---@field others table<string, true> marks (see marks_of) of other orders that ended in the meantime
---@field earlier table<string, true> ids in the results of earlier orders, and their marks
---@field request_ids table<string, true> ids of responses that left the outcome of the order unknown
---@field is_foreign? boolean another process may have sent the order; this client did not
---@field deadline? number of its call, on core.monotonic's clock
---@field stage? "sending"|"settling"|"searching" a request is on its way; or a search, which can conclude that the
-- order was not accepted ("settling"), or cannot
local Entry = {}
Entry.__index = Entry

-- The ids of the client's recent orders, by vault. A client of another region shares them with the client that it was
-- made from, as it shares the entries.
local function recent_of(client)
  client = client.home or client
  local now, recent = core.monotonic(), client.recent_orders
  if not recent or now - recent.from > RECENT_SECONDS then
    local before = recent and now - recent.from <= 2 * RECENT_SECONDS and recent.ids or {}
    client.recent_orders = { from = now, ids = {}, before = before }
  end
  return client.recent_orders
end

local function new(client, kind, params)
  local self = setmetatable({
    client = client, kind = kind, params = params, searches = 0, others = {}, earlier = {}, request_ids = {},
  }, Entry)
  client.entries[self] = true
  return self
end

--- Opens the entry of an order that is about to be sent.
---@param context cbr.Context
---@return cbr.Entry
function entry.open(context)
  local self = new(context.client, context.definition.task_type, context.params)
  self.deadline = context.deadline
  local recent = recent_of(self.client)
  for _, ids in ipairs { recent.before, recent.ids } do
    for id in pairs(ids[self.params.vault_id] or {}) do
      self.earlier[id] = true
    end
  end
  return self
end

--- Opens the entry of an order that another process may have sent. The search may take an earlier order of this client
-- for it.
---@param client cbr.Client
---@param kind "replication"|"sync"
---@param params table
---@return cbr.Entry
function entry.open_foreign(client, kind, params)
  local self = new(client, kind, params)
  self.is_foreign = true
  return self
end

--- Notes an attempt whose outcome is unknown.
---@param moment cbr.Moment when the attempt began
---@param request_id? string request id of its response
function Entry:note_open(moment, request_id)
  self.began = self.began or moment
  if request_id and request_id ~= "" then
    self.request_ids[request_id] = true
  end
end

local function mark_of(backup_id, region)
  return ("%s/%s"):format(tostring(backup_id), tostring(region))
end

-- The marks of a result. Two orders never have the same mark: a backup can be replicated to a region again only after
-- its replication to that region has failed. The list of a replication was checked when the result was read; that of a
-- sync means nothing.
local function marks_of(kind, result)
  if kind == "sync" then
    return { result.operation_log_id }
  end
  local marks = {}
  for i, backup in ipairs(result.backups) do
    marks[i] = mark_of(backup.backup_id, result.destination_region)
  end
  return marks
end

-- Whether another entry of the client can be that of the same order. The destination is not compared: the service does
-- not always name it.
local function is_concurrent(self, other)
  return other ~= self and other.kind == self.kind and other.params.vault_id == self.params.vault_id
end

-- Stores the result of this order for later orders, and for those in progress on the same vault.
local function publish(self, result)
  local by_vault = recent_of(self.client).ids
  local ids = by_vault[self.params.vault_id] or {}
  by_vault[self.params.vault_id] = ids
  for _, backup in ipairs(self.kind == "replication" and result.backups or {}) do
    ids[backup.replication_record_id or ""] = true
  end
  local marks = marks_of(self.kind, result)
  for _, mark in ipairs(marks) do
    ids[mark] = true
  end
  for other in pairs(self.client.entries) do
    if is_concurrent(self, other) then
      for _, mark in ipairs(marks) do
        other.others[mark] = true
      end
    end
  end
end

--- Closes the entry. An entry that is garbage-collected need not be closed.
---@param result? table result of the order, if there is one
function Entry:close(result)
  self.client.entries[self] = nil
  if result then
    publish(self, result)
  end
end

--- Whether a result belongs to another order of this client that ended in the meantime.
---@param result? table
---@return boolean
function Entry:is_of_another(result)
  for _, mark in ipairs(result and marks_of(self.kind, result) or {}) do
    if self.others[mark] then
      return true
    end
  end
  return false
end

--- Whether a part belongs to an order of this client that had ended before this order was sent.
---@param part table a backup of a result, or a part as in `err.seen`
---@return boolean
function Entry:is_of_earlier(part)
  return (self.earlier[part.replication_record_id] or self.earlier[part.operation_log_id]) == true
end

--- Whether a part may belong to an earlier order of this client: that order included the backup, and there is no record
-- that tells the two orders apart. Records can appear later than tasks, and some clouds do not show them.
---@param part table as in `err.seen`
---@return boolean
function Entry:may_be_of_earlier(part)
  return not part.replication_record_id and part.backup_id ~= nil
    and self.earlier[mark_of(part.backup_id, self.params.destination_region)] == true
end

--- Whether the service's response has named an order as that of another entry that is open.
---@param request_id? string of the order that the service shows
---@return boolean
function Entry:is_of_concurrent(request_id)
  for other in pairs(request_id and self.client.entries or {}) do
    if is_concurrent(self, other) and other.request_ids[request_id] then
      return true
    end
  end
  return false
end

--- Whether this entry must not take an order that fits, because the order can be that of another open entry.
--
-- Equal orders of one client cannot be told apart, and need not be: it is enough that each order of the service is
-- taken once, and that no entry concludes that its order was not accepted while that order may still appear. So an
-- entry waits for requests that are on their way. It takes an order that another entry searches for only if its own
-- order would show by now, or if no other search can conclude that nothing was accepted.
---@param is_settled boolean the lists would show this order by now
---@return boolean
function Entry:must_wait(is_settled)
  local now = core.monotonic()
  for other in pairs(self.client.entries) do
    -- the call of an entry that is over may have been dropped with its coroutine
    local is_over = other.deadline and now > other.deadline
    local stage = is_concurrent(self, other) and not (self.is_foreign and other.is_foreign) and not is_over
      and other.stage
    if stage == "sending" or stage and self.stage == "settling" and not is_settled
      or stage == "settling" and self.stage == "searching" then
      return true
    end
  end
  return false
end

--- Searches for the order. Sets `search` and `is_unknown` of the context, and `transient` if the order was certainly
-- not accepted.
---@param context cbr.Context
---@param how cbr.SearchMode
---@return table? result result of the order, if it was found
function Entry:search(context, how)
  self.stage = (how.settles or how.is_duplicate) and "settling" or "searching"
  local result, verdict, seen, failure = search.run(self, context.deadline, how)
  self.stage = nil
  if result then
    publish(self, result) -- at once: no other search may take this order, too
  end
  log.tell(self.client, {
    event = "search", operation = context.operation, verdict = verdict, searches = self.searches,
  })
  context.search = { verdict = verdict, seen = seen, hint = search.hint(verdict, failure) }
  context.is_unknown = verdict ~= "nothing" and verdict ~= "others"
  context.transient = context.transient or verdict == "nothing"
  return result
end

return entry
