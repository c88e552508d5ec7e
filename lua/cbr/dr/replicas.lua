--- Reads the replicas in the destination regions, and finds the source backup of each replica.

local clients = require "cbr.dr.clients"
local fields = require "cbr.objects.fields"
local replica_source = require "cbr.dr.replica_source"
local side_by_side = require "cbr.dr.side_by_side"
local time = require "cbr.util.time"

local replicas = {}

---@class cbr.dr.Found the replicas of a resource at a destination
---@field best? cbr.dr.Copy the newest copy whose source is known
---@field unknown integer number of replicas of the resource whose source is unknown
---@field unknown_id? string id of one of these replicas

---@class cbr.dr.Copy
---@field id string
---@field at? number when the data of the source was frozen, in seconds since 1970
---@field basis "record"|"task"|"mark"
---@field source_id string
---@field vault_id? string
---@field lag? number seconds from `at` to the arrival of the copy
---@field lag_basis? "task"|"replica"|"order" source of the arrival time; with `order`, `lag` is a lower bound

--- Whether a copy is in another vault than the vault of a destination. A vault that is unknown is no other vault.
---@param destination { vault_id?: string }
---@param vault_id? string vault of the copy
---@return boolean
function replicas.is_elsewhere(destination, vault_id)
  return destination.vault_id ~= nil and not fields.agrees(destination.vault_id, vault_id)
end

-- Returns the seconds from the freezing of a backup's data to the arrival of the copy, and the basis of the arrival
-- time. `stamp` is the time that the service shows for the replica. Depending on the service, this is the time of the
-- arrival, the time of the source, or nil.
local function lag_of(at, stamp, replication)
  if not at then
    return nil
  end
  local arrived = replication and replication.arrived_at
  if arrived and arrived >= at then
    return arrived - at, "task"
  elseif stamp and stamp > at and stamp >= (replication and replication.ordered_at or 0) then
    return stamp - at, "replica"
  elseif replication and replication.ordered_at and replication.ordered_at >= at then
    return replication.ordered_at - at, "order"
  end
end

-- Indexes the backups of a project by the values that can identify a backup as the source of a
-- replica at destination `d`.
local function index_of(project, d)
  local index = { by_replica = {}, by_source = {}, by_resource = {} }
  for _, vault in ipairs(project.vaults) do
    for _, resource in ipairs(vault.resources) do
      index.by_resource[resource.id] = index.by_resource[resource.id] or {}
      table.insert(index.by_resource[resource.id], resource)
      resource.found[d] = { unknown = 0 }
      for _, backup in ipairs(resource.selected) do
        index.by_source[backup.id] = backup
        for _, replication in ipairs(backup.replications[d] or {}) do
          if replication.replica_id and replication.status == "success" then
            index.by_replica[replication.replica_id] = { backup = backup, replication = replication }
          end
        end
      end
    end
  end
  return index
end

-- Adds a copy of a resource. `backup` is the source of the copy, if the source is a selected backup.
local function add_copy(resource, d, copy, backup)
  local found = resource.found[d]
  if not found.best or (copy.at or 0) > (found.best.at or 0) then
    found.best = copy
  end
  if backup then
    backup.there[d] = copy
  end
end

local function copy_of(replica, basis, source_id, at)
  return { id = replica.id, at = at, basis = basis, source_id = source_id, vault_id = replica.vault_id }
end

-- Assigns a replica to its source, which a replication record, a task, or the mark in the replica's description names.
-- If nothing names the source, the replica is counted as one with an unknown source.
local function take(index, d, replica)
  local stamp = time.parse(replica.created_at)
  local known = index.by_replica[replica.id]
  if known then
    local backup = known.backup
    local copy = copy_of(replica, known.replication.basis, backup.id, backup.at)
    copy.lag, copy.lag_basis = lag_of(copy.at, stamp, known.replication)
    add_copy(backup.resource, d, copy, backup)
    return
  elseif replica.image_type ~= "replication" then
    return
  end
  local source_id, at = replica_source.read_mark(replica.description)
  local backup = index.by_source[source_id or ""]
  local copy = source_id and copy_of(replica, "mark", source_id, backup and backup.at or at)
  if copy then
    copy.lag, copy.lag_basis = lag_of(copy.at, stamp)
  end
  if backup then
    add_copy(backup.resource, d, copy, backup)
    return
  end
  for _, resource in ipairs(index.by_resource[replica.resource_id or ""] or {}) do
    local found = resource.found[d]
    if copy and copy.at then
      add_copy(resource, d, copy)
    else
      found.unknown, found.unknown_id = found.unknown + 1, replica.id
    end
  end
end

-- Reads the replicas of a destination for a project. Returns true; or nil and an error.
local function read(project, d, destination, resource_id)
  local client, err = clients.at(project.client, destination)
  if not client then
    return nil, err
  end
  local index = index_of(project, d)
  return clients.each(client, "list_backups", {
    image_type = "replication", vault_id = destination.vault_id, resource_id = resource_id,
  }, function(replica)
    if type(replica.id) == "string" and replica.status == "available"
      and not replicas.is_elsewhere(destination, replica.vault_id) then
      take(index, d, replica)
    end
  end)
end

--- Reads the replicas at all destinations for all projects, concurrently. For the destination with index `d`, sets
-- `found[d]` of each resource, and `there[d]` of each backup that has a copy at that destination.
---@param state cbr.dr.Survey
---@param resource_id? string reads only the replicas of this resource
---@return table<cbr.dr.Project, table<integer, cbr.Error>> unread project -> index of a destination that could not be
-- read -> error
function replicas.read(state, resource_id)
  local jobs, unread, done = {}, {}, 0
  for _, project in ipairs(state.projects) do
    unread[project] = {}
    for d, destination in ipairs(state.destinations) do
      if #project.vaults > 0 then
        jobs[#jobs + 1] = { project = project, d = d, destination = destination }
      end
    end
  end
  side_by_side.run(jobs, state.concurrency, function(job)
    local ok, err = read(job.project, job.d, job.destination, resource_id)
    unread[job.project][job.d] = not ok and err or nil
    done = done + 1
    state.report_progress("replicas", done, #jobs)
  end)
  return unread
end

return replicas
