--- Keeps the ids of a client's recent orders, so that the search for a later order does not find a
-- recent order instead.

local text = require "cbr.util.text"

local recent = {}

local COPIES = "copies" -- used in place of the id of a vault for copies, whose vaults are unknown

---@class cbr.RecentOrders
---@field from number time since which `ids` and `unknown` have been filled, on core.monotonic's clock
---@field serial integer number of the newest order
---@field ids table<string, table<string, integer>> of results, in lower case: id of a vault or backup, or COPIES -> id
-- or mark -> number of the first order with this id or mark
---@field unknown table<string, table<string, integer>> of orders whose outcome is unknown, in lower case: id of a
-- vault or backup, or COPIES -> mark of a copy, or id of the vault of a replication -> number of the first such order
---@field before { ids: table, unknown: table } `ids` and `unknown` of the time before `from`

-- Returns a text in lower case. A call with ids in lower case does not enter another file (see tools/moves.lua).
local function plain(id)
  return id:find "[A-Z]" and text.lower(id) or id
end

-- Some services write an empty text for an id that is not known yet.
local function is_id(value)
  return type(value) == "string" and value ~= ""
end

--- Returns the mark of a backup's replication to a region: a text with the backup's id and the region.
---@param backup_id any
---@param region any
---@return string
function recent.mark(backup_id, region)
  return plain(("%s/%s"):format(tostring(backup_id), tostring(region)))
end

--- Returns the marks of a result: for a sync the id of its task, otherwise a mark for each backup. Two orders do not
-- have the same mark at the same time: a backup can be replicated to a region again only after its replication to that
-- region has failed, or after the replica was deleted.
---@param kind cbr.OrderKind
---@param result table
---@return string[]
function recent.marks(kind, result)
  if kind == "sync" then
    return { is_id(result.operation_log_id) and plain(result.operation_log_id) or nil }
  elseif kind == "copy" then
    return { recent.mark(result.backup_id, result.destination_region) }
  end
  local marks = {}
  for i, backup in ipairs(result.backups) do
    marks[i] = recent.mark(backup.backup_id, result.destination_region)
  end
  return marks
end

-- Whether `orders[name]` has a key under a place with which an entry is compared, for an order up to number `serial`.
local function is_kept(orders, serial, entry, name, key)
  local kind, params = entry.kind, entry.params
  key = plain(key)
  local places = kind == "copy" and { params.backup_id } or { params.vault_id, kind == "replication" and COPIES or nil }
  for _, place in ipairs(places) do
    local of_place = plain(place)
    local first = (orders.before[name][of_place] or {})[key] or (orders[name][of_place] or {})[key]
    if first and first <= serial then
      return true
    end
  end
  return false
end

--- Whether an id or a mark belongs to a recent order that can be mistaken for this order. A copy is compared with
-- orders of its backup; a replication with orders of its vault and with every copy; a sync with orders of its vault.
---@param orders cbr.RecentOrders as they were when the order was about to be sent
---@param serial integer number of the newest order at that time
---@param entry { kind: cbr.OrderKind, params: table }
---@param id? string
---@return boolean
function recent.has(orders, serial, entry, id)
  return is_id(id) and is_kept(orders, serial, entry, "ids", id)
end

--- Whether a recent order whose outcome is unknown can be mistaken for this order.
---@param orders cbr.RecentOrders as they were when the order was about to be sent
---@param serial integer number of the newest order at that time
---@param entry { kind: cbr.OrderKind, params: table }
---@param mark? string nil: a replication of the vault; a mark: a copy with this mark
---@return boolean
function recent.has_unknown(orders, serial, entry, mark)
  local key = mark or entry.params.vault_id
  return key ~= nil and is_kept(orders, serial, entry, "unknown", key)
end

-- Stores an id or a mark in `orders[name]`, with the number of the newest order unless it is there.
local function keep(orders, name, place, key)
  if is_id(key) then
    place, key = plain(place), plain(key)
    local keys = orders[name][place] or {}
    orders[name][place] = keys
    keys[key] = keys[key] or orders.serial
  end
end

--- Notes that the outcome of an order is unknown. Nothing is stored for a sync, because each sync has a task of its
-- own.
---@param orders cbr.RecentOrders
---@param entry { kind: cbr.OrderKind, params: table }
function recent.add_unknown(orders, entry)
  local kind, params = entry.kind, entry.params
  orders.serial = orders.serial + 1
  if kind == "copy" then
    local mark = recent.mark(params.backup_id, params.destination_region)
    keep(orders, "unknown", COPIES, mark)
    keep(orders, "unknown", params.backup_id, mark)
  elseif kind == "replication" then
    keep(orders, "unknown", params.vault_id, params.vault_id)
  end
end

--- Keeps the ids and marks of a result.
---@param orders cbr.RecentOrders
---@param entry { kind: cbr.OrderKind, params: table }
---@param result table
---@return string[] marks
function recent.add(orders, entry, result)
  local params, marks = entry.params, recent.marks(entry.kind, result)
  orders.serial = orders.serial + 1
  if entry.kind == "copy" then
    for _, place in ipairs { COPIES, params.backup_id } do
      keep(orders, "ids", place, result.replication_record_id)
      keep(orders, "ids", place, marks[1])
    end
    return marks
  end
  for _, mark in ipairs(marks) do
    keep(orders, "ids", params.vault_id, mark)
  end
  for i, backup in ipairs(entry.kind == "replication" and result.backups or {}) do
    keep(orders, "ids", params.vault_id, backup.replication_record_id)
    keep(orders, "ids", backup.backup_id, backup.replication_record_id)
    keep(orders, "ids", backup.backup_id, marks[i])
  end
  return marks
end

return recent
