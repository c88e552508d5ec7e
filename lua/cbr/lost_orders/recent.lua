--- What is kept of a client's recent orders: their ids, so that the search for a later order does not mistake one of them
-- for it.

local core = require "cbr.core"

local recent = {}

-- The ids are kept for at least this long, because tasks and records of this age can seem to belong to a later order.
local RECENT_SECONDS = 60

local COPIES = "copies" -- stands for the unknown vaults of copies

-- The ids of the client's recent orders, by place. A client of another region shares them with the client that it was
-- made from, as it shares the entries.
local function recent_of(client)
  client = client.home or client
  local now, orders = core.monotonic(), client.recent_orders
  if not orders or now - orders.from > RECENT_SECONDS then
    local before = orders and now - orders.from <= 2 * RECENT_SECONDS and orders.ids or {}
    client.recent_orders = { from = now, ids = {}, before = before }
  end
  return client.recent_orders
end

--- The mark of a backup that is replicated to a region.
---@param backup_id any
---@param region any
---@return string
function recent.mark(backup_id, region)
  return ("%s/%s"):format(tostring(backup_id), tostring(region))
end

--- The marks of a result. Two orders do not have the same mark at the same time: a backup can be replicated to a region
-- again only after its replication to that region has failed, or after the replica was deleted. The list of a
-- replication was checked when the result was read; that of a sync means nothing.
---@param kind cbr.OrderKind
---@param result table
---@return string[]
function recent.marks(kind, result)
  if kind == "sync" then
    return { result.operation_log_id }
  elseif kind == "copy" then
    return { recent.mark(result.backup_id, result.destination_region) }
  end
  local marks = {}
  for i, backup in ipairs(result.backups) do
    marks[i] = recent.mark(backup.backup_id, result.destination_region)
  end
  return marks
end

--- The ids and marks of the recent orders that concern an order: for a replication, those of its vault, and of every
-- copy; for a copy, those of its backup; for a sync, those of its vault.
---@param client cbr.Client
---@param kind cbr.OrderKind
---@param params table of the order
---@return table<string, true>
function recent.earlier(client, kind, params)
  local orders, earlier = recent_of(client), {}
  local places = kind == "copy" and { params.backup_id } or { params.vault_id, kind == "replication" and COPIES or nil }
  for _, ids in ipairs { orders.before, orders.ids } do
    for _, place in ipairs(places) do
      for id in pairs(ids[place] or {}) do
        earlier[id] = true
      end
    end
  end
  return earlier
end

-- Keeps an id of a record and marks in a place.
local function keep(by_place, place, record_id, marks)
  local ids = by_place[place] or {}
  by_place[place] = ids
  if record_id then
    ids[record_id] = true
  end
  for _, mark in ipairs(marks) do
    ids[mark] = true
  end
end

--- Stands among the ids for an order whose outcome is unknown.
recent.UNKNOWN = "unknown"

--- Keeps that the outcome of an order of a vault is unknown.
---@param client cbr.Client
---@param vault_id string
function recent.add_unknown(client, vault_id)
  keep(recent_of(client).ids, vault_id, recent.UNKNOWN, {})
end

--- Keeps the ids and marks of a result.
---@param client cbr.Client
---@param kind cbr.OrderKind
---@param params table of the order
---@param result table
---@return string[] marks
function recent.add(client, kind, params, result)
  local by_place, marks = recent_of(client).ids, recent.marks(kind, result)
  if kind == "copy" then
    keep(by_place, COPIES, result.replication_record_id, marks)
    keep(by_place, params.backup_id, result.replication_record_id, marks)
    return marks
  end
  keep(by_place, params.vault_id, nil, marks)
  for i, backup in ipairs(kind == "replication" and result.backups or {}) do
    keep(by_place, params.vault_id, backup.replication_record_id, {})
    keep(by_place, backup.backup_id, backup.replication_record_id, { marks[i] })
  end
  return marks
end

return recent
