--- What the replication records in the backups of a vault tell of an order.

local fit = require "cbr.lost_orders.match"
local lists = require "cbr.pages"
local progress = require "cbr.follow.status"

local records = {}

--- Those of a backup.
---@param backup table
---@param params table of the order
---@param span cbr.Span of the order
---@return table[] found that can come from the order
---@return boolean others whether another one leads to that region since then
---@return table[] doubtful that can come from it but for their time
function records.since(backup, params, span)
  local found, others, doubtful = {}, false, {}
  for _, record in ipairs(progress.tables_of(backup.replication_records)) do
    local is_recent = fit.is_since(span.perhaps, record.created_at)
    if is_recent and fit.agrees(params.destination_region, record.destination_region) then
      local auto = progress.table_of(record.extra_info).auto_trigger
      local is_like_it = fit.leads_there(params, record)
        and (type(auto) ~= "boolean" or auto == (params.auto_trigger or false))
      if not fit.is_since(span.surely, record.created_at) then
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

--- The backups of a vault, with their records. Where the list shows no records at all, the backups that tasks name are
-- asked one by one, until one has none either: that cloud shows none.
---@param get fun(path: string, query: table): table?, cbr.Error?
---@param params table of the order
---@param wanted string[] ids of the backups that tasks name
---@return table<string, table>? backups by id, each with its `place` in the list
---@return cbr.Error? err
function records.backups(get, params, wanted)
  local backups, err = lists.whole(get, "/v3/{project_id}/backups", {
    vault_id = params.vault_id, show_replication = true,
  }, "backups", { "id" })
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
    local its_records = backup and backup.replication_records
    if type(its_records) ~= "table" or #its_records == 0 then
      break
    end
    by_id[id] = by_id[id] or { id = id, place = #backups }
    by_id[id].replication_records = its_records
  end
  return by_id
end

return records
