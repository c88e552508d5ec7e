--- Decides which replicas of a vault a retention rule keeps, and which can be deleted.

local clients = require "cbr.dr.clients"
local replica_source = require "cbr.dr.replica_source"
local backup_rules = require "cbr.dr.backup_rules"
local rows = require "cbr.dr.rows"
local side_by_side = require "cbr.dr.side_by_side"
local text = require "cbr.util.text"

---@class cbr.dr.Group the replicas of one resource
---@field rows table[]
---@field known { id: string, at: number, row: table }[] available replicas with the times of their data, newest first

local function read_replicas(client, vault)
  local replicas = {}
  local ok, err = clients.each(client, "list_backups", { vault_id = vault.id }, function(replica)
    if type(replica.id) == "string" and (replica.vault_id == nil or text.is_same(replica.vault_id, vault.id)) then
      local source_id, at = replica_source.read_mark(replica.description)
      replicas[#replicas + 1] = {
        id = replica.id, name = replica.name, status = replica.status, resource_id = replica.resource_id,
        resource_name = replica.resource_name, resource_type = replica.resource_type,
        is_replica = replica.image_type == "replication", source_id = source_id, at = at,
        basis = source_id and "mark" or nil,
      }
      replicas[replica.id] = replicas[#replicas]
    end
  end)
  return ok and replicas, err
end

-- Sets the source of a replica, which a replication record or a task of the source project names. A record takes
-- precedence over a task.
local function set_source(replica, replication, source_id, at)
  if replica and replication.status == "success" and replica.basis ~= "record" then
    replica.basis, replica.source_id, replica.at = replication.basis, source_id, at or replica.at
  end
end

-- Sets the sources of replicas from the backups and tasks of a source project. Returns true; or nil and an error.
local function read_source(client, replicas)
  local data_times, has_records = {}, false
  for _, replica in ipairs(replicas) do
    data_times[replica.source_id or ""] = false
  end
  local ok, err = clients.each(client, "list_backups", { image_type = "backup", show_replication = true },
    function(backup)
      local at = replica_source.data_time(backup)
      for _, replication in ipairs(replica_source.records(backup)) do
        has_records = true
        set_source(replicas[replication.replica_id or ""], replication, backup.id, at)
      end
      -- the project may have no replication records, and then a task may name this backup
      if data_times[backup.id] == false or not has_records then
        data_times[backup.id] = at
      end
    end)
  if ok and not has_records then
    ok, err = clients.each(client, "list_op_logs", {}, function(task)
      local source_id, replication = replica_source.task(task)
      if source_id then
        set_source(replicas[replication.replica_id or ""], replication, source_id)
      end
    end)
  end
  for _, replica in ipairs(replicas) do
    replica.at = data_times[replica.source_id or ""] or replica.at
  end
  return ok, err
end

-- Returns why a replica is kept even if the rule would not keep it; nil if the rule decides. A replica whose data seems
-- to be from the future does not count as one of the replicas that the rule keeps: otherwise a good replica could be
-- deleted in its place.
local function reason_to_keep(replica, now)
  if not replica.is_replica then
    return "not_a_replica"
  elseif replica.status ~= "available" then
    return "state_" .. tostring(replica.status)
  elseif type(replica.resource_id) ~= "string" then
    return "no_resource"
  elseif not replica.basis then
    return "unknown_source"
  elseif not replica.at then
    return "no_time"
  elseif rows.is_future(replica.at, now) then
    return "clock"
  end
end

local function row_of(replica, vault, now)
  return {
    vault_id = vault.id, vault_name = vault.name, resource_id = replica.resource_id,
    resource_name = replica.resource_name, resource_type = replica.resource_type, replica_id = replica.id,
    replica_name = replica.name, replica_at = rows.stamp(replica.at),
    replica_age = rows.age(replica.at, now), basis = replica.basis or "resource",
    source_backup_id = replica.source_id, action = "keep",
  }
end

local function groups_of(replicas, vault, now)
  local groups, by_resource = { to_delete = 0 }, {}
  local put = backup_rules.since(-math.huge)
  for _, replica in ipairs(replicas) do
    local key = tostring(replica.resource_id)
    local group = by_resource[key] or { rows = {}, known = {} }
    if not by_resource[key] then
      groups[#groups + 1], by_resource[key] = group, group
    end
    local row = row_of(replica, vault, now)
    row.reason = reason_to_keep(replica, now)
    group.rows[#group.rows + 1] = row
    if not row.reason then
      put(group.known, { id = replica.id, at = replica.at, row = row })
    end
  end
  return groups
end

--- Reads the replicas of a vault, and decides by the rule `given.keep` which ones are kept.
---@param client cbr.Client client of the project that holds the vault
---@param sources cbr.Client[] clients of the projects that hold the source backups; the replication
-- records and the tasks of these projects name the replicas
---@param vault table the vault as `show_vault` returns it
---@param given { keep: table, at: number, concurrency: integer }
---@return cbr.dr.Group[]? groups each row has `action` (`keep` or `delete`) and a `reason` to keep. The list of
-- groups has a field `to_delete`, the number of replicas to delete
---@return cbr.Error? err the replicas could not be read
---@return table[] unread a row for each source that could not be read
return function(client, sources, vault, given)
  local replicas, err = read_replicas(client, vault)
  if not replicas then
    return nil, err, {}
  end
  local unread = {}
  side_by_side.run(sources, given.concurrency, function(source)
    local ok, problem = read_source(source, replicas)
    if not ok then
      local row = { region = source.region, project_id = source.project_id }
      unread[#unread + 1] = rows.add_unread(row, "backups", problem)
    end
  end)
  local groups = groups_of(replicas, vault, given.at)
  for _, group in ipairs(groups) do
    local kept = backup_rules.kept(group.known, given.keep)
    for _, replica in ipairs(group.known) do
      if kept[replica.id] or vault.locked then
        replica.row.reason = kept[replica.id] or "locked"
      else
        replica.row.action, groups.to_delete = "delete", groups.to_delete + 1
      end
    end
  end
  return groups, nil, unread
end
