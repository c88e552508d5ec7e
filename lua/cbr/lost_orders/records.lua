--- The replication records in the backups of a vault, as evidence of an order.

local fields = require "cbr.objects.fields"
local match = require "cbr.lost_orders.match"
local pages = require "cbr.pages"
local tables = require "cbr.util.tables"
local time = require "cbr.util.time"

local records = {}

--- Compares the records of a backup with an order.
---@param backup table
---@param params table parameters of the order
---@param span cbr.Span span of the order
---@return table[] matching records that can belong to the order
---@return boolean others whether another recent record has the same destination region
---@return table[] doubtful records that match except for their time
---@return table? undated the only doubtful record, if it has no valid time
function records.compare(backup, params, span)
  local matching, others, doubtful = {}, false, {}
  for _, record in ipairs(tables.list(backup.replication_records)) do
    local work = fields.of_record(record)
    local is_recent = match.may_be_in_time(span, record.created_at)
    if is_recent and match.agrees(params.destination_region, work.destination_region) then
      local matches = match.has_destination(params, work)
        and (work.auto_trigger == nil or work.auto_trigger == (params.auto_trigger or false))
      if not match.is_in_time(span, record.created_at) then
        doubtful[#doubtful + 1] = matches and record or nil
      elseif matches then
        matching[#matching + 1] = record
      else
        others = true
      end
    end
  end
  local is_undated = #matching == 0 and #doubtful == 1 and not time.parse(doubtful[1].created_at)
  return matching, others, doubtful, is_undated and doubtful[1] or nil
end

--- Reads the backups of a vault with their records. If the list shows no records at all, the backups that tasks name
-- are read one by one. If one of them has no records either, this cloud does not show records, and the reads end.
---@param read cbr.Reader
---@param params table parameters of the order
---@param wanted string[] ids of the backups that tasks name
---@return table<string, table>? backups by id, each with its `position` in the list
---@return cbr.Error? err
function records.read(read, params, wanted)
  local backups, err = pages.complete(read, "list_backups", {
    vault_id = params.vault_id, show_replication = true,
  }, { "id" })
  if not backups then
    return nil, err
  end
  local by_id, has_records = {}, false
  for position, backup in ipairs(backups) do
    backup.position, by_id[backup.id] = position, backup
    has_records = has_records or type(backup.replication_records) == "table" and #backup.replication_records > 0
  end
  for _, id in ipairs(has_records and {} or wanted) do
    local backup
    backup, err = read("show_backup", { backup_id = id })
    if not backup and err.kind ~= "not_found" then
      return nil, err
    end
    local of_backup = backup and backup.replication_records
    if type(of_backup) ~= "table" or #of_backup == 0 then
      break
    end
    by_id[id] = by_id[id] or { id = id, position = #backups }
    by_id[id].replication_records = of_backup
  end
  return by_id
end

--- Reads one backup with its records.
---@param read cbr.Reader
---@param id string
---@return table<string, table>? backups a table with this backup only, in the form of `records.read`
---@return cbr.Error? err
function records.read_backup(read, id)
  local backup, err = read("show_backup", { backup_id = id })
  if not backup then
    return nil, err
  end
  backup.position = 1
  return { [id] = backup }
end

return records
