--- Reads the replicas at the destinations, as they are seen there, and joins them to the backups that they come from.

local clients = require "cbr.dr.clients"
local origin = require "cbr.dr.origin"
local side_by_side = require "cbr.dr.side_by_side"
local time = require "cbr.util.time"

local replicas = {}

---@class cbr.dr.Found what was found at a destination for a resource
---@field best? cbr.dr.Copy the newest copy whose source is known
---@field unknown integer replicas of the resource that nothing joins to a source
---@field unknown_id? string of one of them

---@class cbr.dr.Copy
---@field id string
---@field at? number moment of the data, seconds since 1970
---@field basis "record"|"task"|"mark"
---@field source_id string
---@field vault_id? string
---@field lag? number seconds from that moment to the arrival of the copy
---@field lag_basis? "task"|"replica"|"order" what tells the arrival; `order`: the lag is at least this

-- The seconds from the moment of a backup to the arrival of its copy. A replica's own time is that of the arrival, or
-- that of its source, or missing.
local function lag_of(at, stamp, trace)
  if not at then
    return nil
  end
  local arrived = trace and trace.arrived_at
  if arrived and arrived >= at then
    return arrived - at, "task"
  elseif stamp and stamp > at and stamp >= (trace and trace.ordered_at or 0) then
    return stamp - at, "replica"
  elseif trace and trace.ordered_at and trace.ordered_at >= at then
    return trace.ordered_at - at, "order"
  end
end

-- What joins replicas to the backups of a site at one destination.
local function index_of(site, d)
  local index = { by_replica = {}, by_source = {}, by_resource = {} }
  for _, vault in ipairs(site.vaults) do
    for _, resource in ipairs(vault.resources) do
      index.by_resource[resource.id] = index.by_resource[resource.id] or {}
      table.insert(index.by_resource[resource.id], resource)
      resource.found[d] = { unknown = 0 }
      for _, entry in ipairs(resource.picks) do
        index.by_source[entry.id] = entry
        for _, trace in ipairs(entry.traces[d] or {}) do
          if trace.replica_id and trace.status == "success" then
            index.by_replica[trace.replica_id] = { entry = entry, trace = trace }
          end
        end
      end
    end
  end
  return index
end

-- Notes a copy of a resource. `entry` is its source, if that is among the picks.
local function note(resource, d, copy, entry)
  local found = resource.found[d]
  if not found.best or (copy.at or 0) > (found.best.at or 0) then
    found.best = copy
  end
  if entry then
    entry.there[d] = copy
  end
end

local function copy_of(replica, basis, source_id, at)
  return { id = replica.id, at = at, basis = basis, source_id = source_id, vault_id = replica.vault_id }
end

local function take(index, d, replica)
  local stamp = time.parse(replica.created_at)
  local known = index.by_replica[replica.id]
  if known then
    local entry = known.entry
    local copy = copy_of(replica, known.trace.basis, entry.id, entry.at)
    copy.lag, copy.lag_basis = lag_of(copy.at, stamp, known.trace)
    note(entry.resource, d, copy, entry)
    return
  elseif replica.image_type ~= "replication" then
    return
  end
  local source_id, at = origin.read_mark(replica.description)
  local entry = index.by_source[source_id or ""]
  local copy = source_id and copy_of(replica, "mark", source_id, entry and entry.at or at)
  if copy then
    copy.lag, copy.lag_basis = lag_of(copy.at, stamp)
  end
  if entry then
    note(entry.resource, d, copy, entry)
    return
  end
  for _, resource in ipairs(index.by_resource[replica.resource_id or ""] or {}) do
    local found = resource.found[d]
    if copy and copy.at then
      note(resource, d, copy)
    else
      found.unknown, found.unknown_id = found.unknown + 1, replica.id
    end
  end
end

-- Reads the replicas of a destination for a site. Returns true; or nil and an error.
local function read(site, d, destination, resource_id)
  local client, err = clients.at(site.client, destination)
  if not client then
    return nil, err
  end
  local index = index_of(site, d)
  return clients.each(client, "list_backups", {
    image_type = "replication", vault_id = destination.vault_id, resource_id = resource_id,
  }, function(replica)
    local is_elsewhere = destination.vault_id and replica.vault_id and replica.vault_id ~= destination.vault_id
    if type(replica.id) == "string" and replica.status == "available" and not is_elsewhere then
      take(index, d, replica)
    end
  end)
end

--- Reads the replicas of all destinations for all sites, side by side. Afterwards `found[d]` of each resource, and
-- `there[d]` of each backup that has a copy, say what destination number `d` has.
---@param state cbr.dr.Survey
---@param resource_id? string reads only the replicas of this resource
---@return table<cbr.dr.Site, table<integer, cbr.Error>> unread site -> number of a destination -> why it was not read
function replicas.read(state, resource_id)
  local jobs, unread, done = {}, {}, 0
  for _, site in ipairs(state.sites) do
    unread[site] = {}
    for d, destination in ipairs(state.destinations) do
      if #site.vaults > 0 then
        jobs[#jobs + 1] = { site = site, d = d, destination = destination }
      end
    end
  end
  side_by_side.run(jobs, state.concurrency, function(job)
    local ok, err = read(job.site, job.d, job.destination, resource_id)
    unread[job.site][job.d] = not ok and err or nil
    done = done + 1
    state.tell("replicas", done, #jobs)
  end)
  return unread
end

return replicas
