--- Keeps the ids of a client's recent orders, so that the search for a later order does not find a
-- recent order instead.

local text = require "cbr.util.text"

local recent = {}

local COPIES = "copies" -- used in place of the id of a vault for copies, whose vaults are unknown

---@class cbr.RecentOrders
---@field from number time since which `ids` has been filled, on core.monotonic's clock
---@field ids table<string, table<string, integer>> id of a vault or of a backup, or COPIES -> id or mark -> number of
-- the first order with this id or mark
---@field before table<string, table<string, integer>> the ids of the minute before `from`

--- Returns the mark of a backup's replication to a region: a text with the backup's id and the region.
---@param backup_id any
---@param region any
---@return string
function recent.mark(backup_id, region)
  local mark = ("%s/%s"):format(tostring(backup_id), tostring(region))
  return mark:find "[A-Z]" and text.lower(mark) or mark
end

--- Returns the marks of a result: for a sync the id of its task, otherwise a mark for each backup. Two orders do not
-- have the same mark at the same time: a backup can be replicated to a region again only after its replication to that
-- region has failed, or after the replica was deleted.
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

--- Whether an id or a mark belongs to a recent order that can be mistaken for this order. A copy is compared with
-- orders of its backup; a replication with orders of its vault and with every copy; a sync with orders of its vault.
---@param orders cbr.RecentOrders as they were when the order was about to be sent
---@param serial integer number of the newest order at that time
---@param entry { kind: cbr.OrderKind, params: table }
---@param id? string
---@return boolean
function recent.has(orders, serial, entry, id)
  if type(id) ~= "string" or id == "" then -- some services write an empty text for an id that is not known yet
    return false
  end
  local kind, params = entry.kind, entry.params
  local places = kind == "copy" and { params.backup_id } or { params.vault_id, kind == "replication" and COPIES or nil }
  for _, place in ipairs(places) do
    local first = (orders.before[place] or {})[id] or (orders.ids[place] or {})[id]
    if first and first <= serial then
      return true
    end
  end
  return false
end

-- Stores the id of a record and the marks under `place`, which is the id of a vault or of a backup, or COPIES.
local function keep(orders, place, record_id, marks)
  local ids = orders.ids[place] or {}
  orders.ids[place] = ids
  if type(record_id) == "string" and record_id ~= "" then
    ids[record_id] = ids[record_id] or orders.serial
  end
  for _, mark in ipairs(marks) do
    ids[mark] = ids[mark] or orders.serial
  end
end

--- Among the ids of a vault, this text stands for a replication whose outcome is unknown. With the mark of a copy after
-- it, the text stands for a copy whose outcome is unknown.
recent.UNKNOWN = "unknown/"

--- Notes that the outcome of an order is unknown. Nothing is stored for a sync, because each sync has a task of its
-- own.
---@param orders cbr.RecentOrders
---@param entry { kind: cbr.OrderKind, params: table }
function recent.add_unknown(orders, entry)
  local kind, params = entry.kind, entry.params
  orders.serial = orders.serial + 1
  if kind == "copy" then
    local marks = { recent.UNKNOWN .. recent.mark(params.backup_id, params.destination_region) }
    keep(orders, COPIES, nil, marks)
    keep(orders, params.backup_id, nil, marks)
  elseif kind == "replication" then
    keep(orders, params.vault_id, nil, { recent.UNKNOWN })
  end
end

--- Keeps the ids and marks of a result.
---@param orders cbr.RecentOrders
---@param entry { kind: cbr.OrderKind, params: table }
---@param result table
---@return string[] marks
function recent.add(orders, entry, result)
  local kind, params, marks = entry.kind, entry.params, recent.marks(entry.kind, result)
  orders.serial = orders.serial + 1
  if kind == "copy" then
    keep(orders, COPIES, result.replication_record_id, marks)
    keep(orders, params.backup_id, result.replication_record_id, marks)
    return marks
  end
  keep(orders, params.vault_id, nil, marks)
  for i, backup in ipairs(kind == "replication" and result.backups or {}) do
    keep(orders, params.vault_id, backup.replication_record_id, {})
    keep(orders, backup.backup_id, backup.replication_record_id, { marks[i] })
  end
  return marks
end

return recent
