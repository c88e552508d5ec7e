--- The ids of a vault's last accepted order. find_order can mistake an order for one that was placed less than three
-- seconds before it; with these ids the mistake is noticed.

local json = require "replicator.json"

local last_order = {}

local KEPT = 60 -- seconds

local function key_of(db, vault_id)
  return db.settings.prefix .. "last_order:" .. vault_id
end

local function ids_of(response)
  local ids = { response.operation_log_id }
  for _, backup in ipairs(response.backups or {}) do
    ids[#ids + 1] = backup.replication_record_id
  end
  return ids
end

--- Remembers an accepted order.
---@param db table
---@param vault_id string
---@param response table what `replicate` or `sync` returned
function last_order.remember(db, vault_id, response)
  db:call("set", key_of(db, vault_id), json.encode(ids_of(response)), "EX", KEPT)
end

--- Whether a response belongs to the order that was remembered last.
---@param db table
---@param vault_id string
---@param response table
---@return boolean
function last_order.is(db, vault_id, response)
  local text, is_last = db:call("get", key_of(db, vault_id)), {}
  for _, id in ipairs(text and json.decode(text) or {}) do
    is_last[id] = true
  end
  for _, id in ipairs(ids_of(response)) do
    if is_last[id] then
      return true
    end
  end
  return false
end

return last_order
