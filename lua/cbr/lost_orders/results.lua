--- Makes the results of replications and copies whose responses were lost, from what the service shows of the orders.

local fields = require "cbr.objects.fields"
local replicable = require "cbr.objects.replicable"
local text = require "cbr.util.text"

local results = {}

-- Makes the part of a result that is the same for a replication and a copy.
local function new_result(entry, order, record)
  local client, params, task = entry.client, entry.params, order.task or {}
  record = record or {}
  return {
    destination_vault_id = params.destination_vault_id, destination_project_id = params.destination_project_id,
    destination_region = params.destination_region, provider_id = task.provider_id,
    project_id = task.project_id or record.source_project_id or client.project_id,
    source_region = fields.about(order.task, "replication").source_region or record.source_region or client.region,
  }
end

-- Sorts the parts of an order (tasks and records) in the sequence of the list of backups. The service's response to an
-- order has the same sequence.
local function sort_parts(parts, backups)
  local function position_of(part)
    local backup = backups[part.backup_id or ""]
    return backup and backup.position or math.huge
  end
  table.sort(parts, function(a, b)
    local one, other = position_of(a), position_of(b)
    if one ~= other then
      return one < other
    end
    return text.is_before(tostring(a.backup_id), tostring(b.backup_id))
  end)
end

--- Makes the result of the replication of a vault.
---@param entry cbr.Entry
---@param order cbr.FoundOrder its parts are sorted in place
---@param record? table any record of the vault's backups, because all of them have the same source
---@param backups table<string, table> the backups of the vault by id, each with its `position` in the list
---@return table? result nil: no part of the order names a backup
function results.of_replication(entry, order, record, backups)
  local result = new_result(entry, order, record)
  result.vault_id, result.backups = entry.params.vault_id, {}
  sort_parts(order.parts, backups)
  for _, part in ipairs(order.parts) do
    if part.backup_id then
      table.insert(result.backups, { backup_id = part.backup_id, replication_record_id = part.replication_record_id })
      local backup = backups[part.backup_id]
      result.provider_id = result.provider_id or backup and backup.provider_id
    end
  end
  return #result.backups > 0 and result or nil
end

--- Makes the result of the copy of one backup.
---@param entry cbr.Entry
---@param order cbr.FoundOrder
---@param record? table any record of the backup, because all of them have the same source
---@param backup table
---@return table? result nil: the task of the copy does not name the backup
function results.of_copy(entry, order, record, backup)
  local result, part = new_result(entry, order, record), order.parts[1]
  result.backup_id, result.replication_record_id = part.backup_id, part.replication_record_id
  result.provider_id = result.provider_id or backup.provider_id
  return part.backup_id and result or nil
end

--- Whether the replication of a vault has a part with a record for every backup that it must have included.
---@param entry cbr.Entry
---@param order cbr.FoundOrder
---@param backups table<string, table> the backups of the vault by id
---@return boolean
function results.is_complete(entry, order, backups)
  local included = {}
  for _, part in ipairs(order.parts) do
    included[part.backup_id or ""] = true
    if not part.replication_record_id then
      return false
    end
  end
  for id, backup in pairs(backups) do
    if not included[id] and replicable.left_out(backup, entry.params.destination_region) == "unknown" then
      return false
    end
  end
  return true
end

return results
