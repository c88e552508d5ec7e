--- The entry of an order in progress. An entry collects the results of this client's other orders on the same vault: if
-- the response to the order is lost, the search must not find one of the other orders instead.

local concurrent = require "cbr.lost_orders.concurrent"
local core = require "cbr.core"
local log = require "cbr.util.log"
local recent = require "cbr.lost_orders.recent"
local search = require "cbr.lost_orders.search"

local entry = {}

---@alias cbr.OrderKind "replication"|"copy"|"sync" the replication of a vault, the copy of one backup, the sync of a
-- vault

---@class cbr.Entry
---@field client cbr.Client
---@field kind cbr.OrderKind
---@field vault_id? string for a copy: the vault of its backup, once a read has shown it
---@field backup_ids? table<string, true> for a replication: the ids of its vault's backups in lower case as keys, once
-- a read has shown them
---@field params table
---@field began? cbr.Moment when the first attempt with an unknown outcome began
---@field searches integer number of times that the search has read the service's lists
---@field others table<string, "order"|"copy"> marks (see recent.marks) of other orders that ended while this entry was
-- open, and that look like this order. "copy": the other order copied one backup, and this order is a replication,
-- which can include the same backup; "order": every other case. An order that the service shows is not this order if
-- one of its marks has the value "order", or if all have "copy"
---@field unclear table<string, true> marks of copies that ended while this entry was open, and whose outcome is unknown
---@field recent cbr.RecentOrders the ids in the results of the client's recent orders
---@field serial integer number of the newest earlier order in `recent`
---@field request_ids table<string, true> ids of responses that left the outcome of the order unknown
---@field is_unknown? boolean the outcome of the order is unknown after a search
---@field has_unknown? boolean another order of the vault ended with an unknown outcome while this entry was open
---@field is_foreign? boolean another process may have sent the order; this client did not
---@field deadline? number deadline of the call, on core.monotonic's clock
---@field stage? "sending"|"proving"|"finding" "sending": a request is on its way; "proving": a search is in progress
-- that can prove that the order was not accepted; "finding": a search is in progress that can only find the order
local Entry = {}
Entry.__index = Entry

-- The ids of an order are kept for at least this long, and for as long as a call needs the ids, because the tasks and
-- records of the order can seem to belong to a later order.
local RECENT_SECONDS = 60

local NONE = { ids = {}, unknown = {}, before = { ids = {}, unknown = {} } }

-- Returns the recent orders of a client. A client of another region has the same recent orders as the
-- client that it was made from.
local function recent_of(client)
  client = client.home or client
  local now, orders = core.monotonic(), client.recent_orders
  if not orders or now - orders.from > RECENT_SECONDS then
    local before = orders and now - orders.from <= 2 * RECENT_SECONDS and orders or NONE
    client.recent_orders = {
      from = now, serial = orders and orders.serial or 0, ids = {}, unknown = {},
      before = { ids = before.ids, unknown = before.unknown },
    }
  end
  return client.recent_orders
end

local function new(client, kind, params)
  local made = setmetatable({
    client = client, kind = kind, params = params, vault_id = params.vault_id, searches = 0, others = {},
    unclear = {}, recent = NONE, serial = 0, request_ids = {},
  }, Entry)
  client.entries[made] = true
  return made
end

--- Opens the entry of an order that is about to be sent.
---@param context cbr.Context
---@return cbr.Entry
function entry.open(context)
  local opened = new(context.client, context.definition.order_kind, context.params)
  opened.deadline = context.deadline
  opened.recent = recent_of(context.client)
  opened.serial = opened.recent.serial
  return opened
end

--- Opens the entry of an order that another process may have sent. The search for this order may find an earlier order
-- of this client instead.
---@param client cbr.Client
---@param kind cbr.OrderKind
---@param params table
---@return cbr.Entry
function entry.open_foreign(client, kind, params)
  local opened = new(client, kind, params)
  opened.is_foreign = true
  return opened
end

--- Notes an attempt whose outcome is unknown.
---@param moment cbr.Moment when the attempt began
---@param request_id? string request id of the response to that attempt
function Entry:note_open(moment, request_id)
  self.began = self.began or moment
  if request_id and request_id ~= "" then
    self.request_ids[request_id] = true
  end
end

-- Stores the result of an order for later orders, and in the open entries of orders that look the same.
local function publish(own, result)
  local marks = recent.add(recent_of(own.client), own, result)
  for other in pairs(own.client.entries) do
    if concurrent.are(own, other) then
      local kind = own.kind == "copy" and other.kind == "replication" and "copy" or "order"
      for _, mark in ipairs(marks) do
        other.others[mark] = other.others[mark] or kind
      end
    end
  end
end

-- Tells the entries of the replications in progress that the outcome of an order is unknown. An order that the
-- service shows may then be this order; if this order is a copy, only if the shown order has no other backups.
local function publish_unknown(own)
  for other in pairs(own.client.entries) do
    if other.kind == "replication" and concurrent.are(own, other) then
      if own.kind == "copy" then
        other.unclear[recent.mark(own.params.backup_id, own.params.destination_region)] = true
      else
        other.has_unknown = true
      end
    end
  end
  recent.add_unknown(recent_of(own.client), own)
end

--- Closes the entry. An entry may also be garbage-collected without being closed.
---@param result? table result of the order, if there is one
function Entry:close(result)
  self.client.entries[self] = nil
  if result then
    publish(self, result)
  elseif self.is_unknown then
    publish_unknown(self)
  end
end

--- Whether a result belongs to another order of this client that ended in the meantime. An order of several backups is
-- not the copy of one of them.
---@param result? table
---@return boolean
function Entry:is_of_another(result)
  local marks = result and recent.marks(self.kind, result) or {}
  local are_all_copies = #marks > 0
  for _, mark in ipairs(marks) do
    if self.others[mark] == "order" then
      return true
    end
    are_all_copies = are_all_copies and self.others[mark] ~= nil
  end
  return are_all_copies
end

--- Whether a part (a task or record) belongs to an order of this client that had ended before this order was sent.
---@param part table a backup of a result, or a part as in `err.seen`
---@return boolean
function Entry:is_of_earlier(part)
  return recent.has(self.recent, self.serial, self, part.replication_record_id)
    or recent.has(self.recent, self.serial, self, part.operation_log_id)
end

--- Whether a part (a task or record) belongs to another order of this client, which had ended before this order was
-- sent, or has ended in the meantime.
---@param part table a part in the form of `err.seen`
---@return boolean
function Entry:is_of_other(part)
  local mark = part.backup_id and recent.mark(part.backup_id, self.params.destination_region)
  return self:is_of_earlier(part) or mark ~= nil and self.others[mark] ~= nil
end

--- Whether a part (a task or record) may belong to an earlier order of this client. This is so if the earlier
-- order included the backup of the part, and no record tells to which of the two orders the part belongs: records can
-- appear later than tasks, and some clouds do not show records. The same is true if an order of this client for a copy
-- of the backup has an unknown outcome.
---@param part table a part in the form of `err.seen`
---@return boolean
function Entry:may_be_of_earlier(part)
  local mark = part.backup_id and recent.mark(part.backup_id, self.params.destination_region)
  if not mark then
    return false
  elseif self.unclear[mark] or recent.has_unknown(self.recent, self.serial, self, mark) then
    return true
  end
  return not part.replication_record_id and recent.has(self.recent, self.serial, self, mark)
end

--- Whether a request id is in a response to this order.
---@param request_id? string
---@return boolean
function Entry:is_named(request_id)
  return request_id ~= nil and self.request_ids[request_id] == true
end

--- Whether an order that the service shows is known to belong to another open entry: a response to the order of that
-- entry had the same request id.
---@param request_id? string request id of an order that the service shows
---@return boolean
function Entry:is_of_concurrent(request_id)
  for other in pairs(request_id and self.client.entries or {}) do
    if concurrent.are(self, other) and other.request_ids[request_id] then
      return true
    end
  end
  return false
end

Entry.is_alone, Entry.must_wait = concurrent.is_alone, concurrent.must_wait

--- Searches for the order. Sets `search` and `is_unknown` of the context, and `transient` if the order was certainly
-- not accepted.
---@param context cbr.Context
---@param how cbr.SearchMode
---@return table? result result of the order, if it was found
function Entry:search(context, how)
  self.stage = (how.settles or how.is_duplicate) and "proving" or "finding"
  local result, verdict, seen, failure = search.run(self, context.deadline, how)
  self.stage = nil
  self.is_unknown = verdict ~= "nothing" and verdict ~= "others"
  if result then
    publish(self, result) -- immediately, so that no other search takes this order, too
  end
  log.tell(self.client, {
    event = "search", operation = context.operation, verdict = verdict, searches = self.searches,
  })
  context.search = { verdict = verdict, seen = seen, hint = search.hint(verdict, failure) }
  context.is_unknown = self.is_unknown
  context.transient = context.transient or verdict == "nothing"
  return result
end

return entry
