--- Follows a replication: every backup that the order took on, and those that it left out.
--
-- One list call shows all records of a vault. Where the list shows none, the single backups are asked, and where they
-- have none either (Open Telekom Cloud does not document records) the vault's tasks are.

local lists = require "cbr.pages"
local progress = require "cbr.follow.status"

local replication = {}

local function records_of(backup)
  return progress.tables_of(backup.replication_records)
end

-- Takes over the records of a backup; -> whether the one of the order was among them
local function read_backup(items, backup)
  for _, record in ipairs(records_of(backup)) do
    local item = record.id and items.by_record[record.id]
    if item then
      progress.from_record(item, record)
      return true
    end
  end
  return false
end

--- The reason that can be told for a backup that a replication to a region does not take.
---@param backup table as `list_backups` with `show_replication` gives it
---@param region string
---@return string reason `already_there`, `in_progress`, `is_replica`, `no_system_disk`, `state_…` for a wrong state, or
-- `unknown` for one that nothing speaks against
function replication.why_left_out(backup, region)
  for _, record in ipairs(records_of(backup)) do
    if record.destination_region == region then
      local status = progress.status(record.status)
      if status == "success" then
        return "already_there"
      elseif not progress.has_ended(status) then
        return "in_progress"
      end
    end
  end
  if backup.image_type == "replication" then
    return "is_replica"
  elseif backup.status ~= "available" then
    return "state_" .. tostring(backup.status)
  elseif progress.table_of(backup.extend_info).contain_system_disk == false
    and backup.resource_type == "OS::Nova::Server" then
    return "no_system_disk"
  end
  return "unknown"
end

local function left_out(backups, items, order)
  local out = {}
  for _, backup in ipairs(backups) do
    if not items.by_backup[backup.id] then
      out[#out + 1] = {
        backup_id = backup.id, name = backup.name, reason = replication.why_left_out(backup, order.destination_region),
      }
    end
  end
  return out
end

-- The three ways to look; each -> whether anything of the order was found, or nil, err

local function by_list(self, get)
  local backups, err = lists.all(get, "/v3/{project_id}/backups", {
    vault_id = self.order.vault_id, show_replication = true,
  }, "backups")
  if not backups then
    return nil, err
  end
  local found = false
  for _, backup in ipairs(backups) do
    found = read_backup(self.items, backup) or found
  end
  self.left_out = self.left_out or left_out(backups, self.items, self.order)
  return found
end

local function by_backup(self, get)
  local found = false
  for _, item in ipairs(self.items) do
    if not progress.has_ended(item.status) then
      local body, err = get("/v3/{project_id}/backups/" .. item.backup_id, {})
      if not body then
        return nil, err
      end
      local here = type(body.backup) == "table" and read_backup(self.items, body.backup)
      found = here or found
      if not found then
        return false -- nor have the others
      end
    end
  end
  return found
end

local function by_task(self, get)
  local tasks, err = lists.all(get, "/v3/{project_id}/operation-logs", {
    vault_id = self.order.vault_id,
  }, "operation_logs")
  if not tasks then
    return nil, err
  end
  local newest = {}
  for _, task in ipairs(tasks) do
    local about = progress.about(task, "replication")
    local item = self.items.by_backup[about.source_backup_id or ""]
    local region = self.order.destination_region
    local is_ours = item and (about.destination_region or region) == region
    local created = tostring(task.created_at)
    if is_ours and (not newest[item] or created > newest[item]) then
      newest[item] = created
      progress.from_task(item, task)
    end
  end
  return next(newest) ~= nil
end

local WAYS = { by_list, by_backup, by_task }

--- Makes the follower of a replication.
---@param order table what `client:replicate` returned
---@return table? follower `items`, `poll(get)`, `report()`; nil for an order whose backups have no ids
function replication.follow(order)
  local items = { by_record = {}, by_backup = {} }
  for i, backup in ipairs(order.backups) do
    if type(backup) ~= "table" or type(backup.backup_id) ~= "string" then
      return nil
    end
    local item = {
      backup_id = backup.backup_id, replication_record_id = backup.replication_record_id,
      status = "waiting", progress = 0,
    }
    items[i] = item
    items.by_backup[backup.backup_id] = item
    if backup.replication_record_id then
      items.by_record[backup.replication_record_id] = item
    end
  end
  local self = { order = order, items = items, what = "replication", default_timeout = 6 * 3600 }
  local way = 1

  --- Looks once. -> true, or nil, err. The way that shows the order is kept.
  function self.poll(get)
    local found, err = WAYS[way](self, get)
    while found == false and way < #WAYS and not self.way_is_sure do
      way = way + 1
      found, err = WAYS[way](self, get)
    end
    if found == nil then
      return nil, err
    elseif found then
      self.way_is_sure = true
    else
      way = 1 -- nothing anywhere yet: records appear a moment after the order
    end
    return true
  end

  function self.report()
    return {
      vault_id = order.vault_id, destination_vault_id = order.destination_vault_id,
      destination_region = order.destination_region, backups = items, left_out = self.left_out or {},
    }
  end

  return self
end

return replication
