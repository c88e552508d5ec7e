--- Orders of one client that are in progress at the same time, and that look alike in the service's lists, so that a
-- search may confuse them. Each order has an entry (see cbr.lost_orders.entry). The search of an entry must not return
-- the order of another entry.

local core = require "cbr.core"
local fields = require "cbr.objects.fields"
local recent = require "cbr.lost_orders.recent"
local text = require "cbr.util.text"

local concurrent = {}

-- Whether the backup of a copy may be in the vault of a replication. This is false only if a read has shown that the
-- backup is not in the vault.
local function may_be_in_vault(copy, replication)
  if copy.vault_id then
    return text.is_same(copy.vault_id, replication.params.vault_id)
  end
  return not replication.backup_ids or replication.backup_ids[fields.key(copy.params.backup_id)] ~= nil
end

--- Whether another entry of the client can be about the same order, or about an order that looks the same at the
-- service. The copy of a backup looks like the replication of the vault that holds the backup. The destination is not
-- compared, because the service does not always name the destination. Parameters of two entries are compared as they
-- are: the check has put UUIDs and regions into lower case.
---@param entry cbr.Entry
---@param other cbr.Entry
---@return boolean
function concurrent.are(entry, other)
  if other == entry then
    return false
  elseif other.kind == entry.kind then
    local name = entry.kind == "copy" and "backup_id" or "vault_id"
    return other.params[name] == entry.params[name]
  elseif entry.kind == "sync" or other.kind == "sync" then
    return false
  end
  local is_copy = entry.kind == "copy"
  return may_be_in_vault(is_copy and entry or other, is_copy and other or entry)
end

local function is_over(entry)
  -- The coroutine of a call may have been dropped, and its entry may still be there after the deadline.
  return entry.deadline and core.monotonic() > entry.deadline
end

-- Whether the order of another entry looks the same, and a request for it or a search is in progress. Two calls of
-- find_order may return the same order.
local function is_rival(entry, other)
  return other.stage ~= nil and concurrent.are(entry, other) and not (entry.is_foreign and other.is_foreign)
    and not is_over(other)
end

--- Whether no other order of this client can look the same at the service at this moment.
---@param entry cbr.Entry
---@return boolean
function concurrent.is_alone(entry)
  if entry.has_unknown or recent.has_unknown(entry.recent, entry.serial, entry) then
    return false
  end
  for other in pairs(entry.client.entries) do
    if is_rival(entry, other) then
      return false
    end
  end
  return true
end

-- Whether this entry is of a replication, and every part of an order may belong to a copy in progress of the client.
local function is_of_open_copies(entry, order)
  local is_copied = {}
  for other in pairs(entry.kind == "replication" and entry.client.entries or {}) do
    if other.kind == "copy" and not is_over(other)
      and other.params.destination_region == entry.params.destination_region then
      is_copied[fields.key(other.params.backup_id)] = true
    end
  end
  for _, part in ipairs(order.parts) do
    if not is_copied[fields.key(part.backup_id)] then
      return false
    end
  end
  return true
end

-- Whether this entry must wait for a rival before it takes an order.
local function must_wait_for(entry, rival, is_settled)
  if entry.kind == "replication" and rival.kind == "copy" then
    return false -- is_of_open_copies tells which orders can belong to copies
  elseif rival.stage == "sending" then
    return true -- the rival's request may still be accepted
  elseif entry.kind == "copy" and rival.kind == "replication" then
    return false -- the replication waits for this copy
  elseif entry.stage == "proving" then
    return not is_settled -- this entry's own order may still appear
  end
  -- If this entry took the rival's order, the rival could conclude that its order was not accepted.
  return entry.stage == "finding" and rival.stage == "proving"
end

--- Whether this entry must not take an order that matches, because the order can belong to another open entry.
--
-- Equal orders of one client cannot be told apart, so an entry may take the order of another entry. Two rules make this
-- harmless: each order of the service is taken only once, and no entry concludes that its order was not accepted while
-- that order may still appear. So an entry waits for requests that are on their way. While another entry searches for
-- an equal order, this entry takes an order only if its own order would be listed by now, or if no other search can
-- prove that nothing was accepted.
--
-- A copy of a backup and the replication of its vault are not equal, but look the same at the service. The replication
-- waits until the copies have taken their orders. So a copy does not wait for the search of a replication.
---@param entry cbr.Entry
---@param is_settled boolean if the order was accepted, the lists show it by now
---@param orders cbr.FoundOrder[] the orders that match
---@return boolean
function concurrent.must_wait(entry, is_settled, orders)
  for _, order in ipairs(orders) do
    if is_of_open_copies(entry, order) then
      return true
    end
  end
  for other in pairs(entry.client.entries) do
    if is_rival(entry, other) and must_wait_for(entry, other, is_settled) then
      return true
    end
  end
  return false
end

return concurrent
