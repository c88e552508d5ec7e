--- Orders of one client that are in progress at the same time, and that the service can show in the same way. Each
-- order has an entry (see cbr.lost_orders.entry). An entry must not take the order of another entry as its result.

local core = require "cbr.core"
local recent = require "cbr.lost_orders.recent"

local concurrent = {}

-- Whether the backup of a copy may be in the vault of a replication. This is false only if a read has shown that the
-- backup is not in the vault.
local function may_be_in_vault(copy, replication)
  if copy.vault_id then
    return copy.vault_id == replication.params.vault_id
  end
  return not replication.backup_ids or replication.backup_ids[copy.params.backup_id] ~= nil
end

--- Whether another entry of the client can be about the same order, or about an order that looks the same at the
-- service. The copy of a backup looks like the replication of the vault that holds the backup. The destination is not
-- compared, because the service does not always name the destination.
---@param self cbr.Entry
---@param other cbr.Entry
---@return boolean
function concurrent.are(self, other)
  if other == self then
    return false
  elseif other.kind == self.kind then
    local name = self.kind == "copy" and "backup_id" or "vault_id"
    return other.params[name] == self.params[name]
  elseif self.kind == "sync" or other.kind == "sync" then
    return false
  end
  local is_copy = self.kind == "copy"
  return may_be_in_vault(is_copy and self or other, is_copy and other or self)
end

local function is_over(self)
  -- The coroutine of a call may have been dropped, and its entry may still be there after the deadline.
  return self.deadline and core.monotonic() > self.deadline
end

--- Whether no other order of this client can look the same at the service at this moment.
---@param self cbr.Entry
---@return boolean
function concurrent.is_alone(self)
  if self.has_unknown or recent.has(self.recent, self.serial, self, recent.UNKNOWN) then
    return false
  end
  for other in pairs(self.client.entries) do
    if other.stage and concurrent.are(self, other) and not (self.is_foreign and other.is_foreign)
      and not is_over(other) then
      return false
    end
  end
  return true
end

-- Whether this entry is of a replication, and every part of an order may belong to a copy in progress of the client.
local function is_of_open_copies(self, order)
  local is_copied = {}
  for other in pairs(self.kind == "replication" and self.client.entries or {}) do
    if other.kind == "copy" and not is_over(other)
      and other.params.destination_region == self.params.destination_region then
      is_copied[other.params.backup_id] = true
    end
  end
  for _, part in ipairs(order.parts) do
    if not is_copied[part.backup_id or ""] then
      return false
    end
  end
  return true
end

--- Whether this entry must not take an order that matches, because the order can belong to another open entry.
--
-- Equal orders of one client cannot be told apart. This is not necessary: it is enough that each order of the service
-- is taken once, and that no entry concludes that its order was not accepted while that order may still appear. So an
-- entry waits for requests that are on their way. If another entry searches for an equal order, this entry takes an
-- order only if its own order would be listed by now, or if no other search can conclude that nothing was accepted.
--
-- A copy of a backup and the replication of its vault are not equal, but look the same at the service. The replication
-- waits until the copies have taken their orders. So a copy does not wait for the search of a replication.
---@param self cbr.Entry
---@param is_settled boolean if the order was accepted, the lists show it by now
---@param orders cbr.FoundOrder[] the orders that match
---@return boolean
function concurrent.must_wait(self, is_settled, orders)
  for _, order in ipairs(orders) do
    if is_of_open_copies(self, order) then
      return true
    end
  end
  for other in pairs(self.client.entries) do
    local is_waiting_for_us = self.kind == "copy" and other.kind == "replication" and other.stage ~= "sending"
    -- see the last paragraph of the comment above
    local is_told_apart = self.kind == "replication" and other.kind == "copy"
    local stage = concurrent.are(self, other) and not (self.is_foreign and other.is_foreign) and not is_over(other)
      and not is_waiting_for_us and not is_told_apart and other.stage
    if stage == "sending" or stage and self.stage == "settling" and not is_settled
      or stage == "settling" and self.stage == "searching" then
      return true
    end
  end
  return false
end

return concurrent
