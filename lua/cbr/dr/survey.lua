--- Reads the backups of the selected vaults, and what their side says about copies. It keeps the few backups of each
-- resource that a rule picks, so that its memory grows with the resources and not with the backups.

local clients = require "cbr.dr.clients"
local origin = require "cbr.dr.origin"
local replicable = require "cbr.dr.replicable"
local side_by_side = require "cbr.dr.side_by_side"
local text = require "cbr.util.text"
local time = require "cbr.util.time"
local vaults = require "cbr.dr.vaults"

local survey = {}

-- Above this number of vaults, one list of the whole project needs fewer requests than a list for each vault.
local MOST_SINGLE_LISTS = 16

local TASKS_BEFORE_SECONDS = 3600 -- a task that copies a backup may seem older than the backup

---@class cbr.dr.Survey
---@field sites cbr.dr.Site[]
---@field missing { vault_id: string, message: string }[]
---@field destinations table[]
---@field rule fun(list: table[], backup: table): boolean which backups of a resource are kept
---@field method? "backup"|"vault"
---@field concurrency integer
---@field tell fun(phase: string, done: integer, total: integer)

-- The traces of a backup that lead to each destination: its number -> traces.
local function by_destination(traces, destinations)
  local found = {}
  for d, destination in ipairs(destinations) do
    for _, trace in ipairs(traces) do
      if origin.leads_to(trace, destination) then
        found[d] = found[d] or {}
        table.insert(found[d], trace)
      end
    end
  end
  return found
end

-- The resource that a backup belongs to; nil if the vault does not protect it any more.
local function resource_of(vault, backup)
  if type(backup.resource_id) ~= "string" then
    return nil
  end
  local resource = vault.by_resource[backup.resource_id]
  if not resource and not vault.is_complete then
    resource = vaults.add_resource(vault, {
      id = backup.resource_id, name = backup.resource_name, type = backup.resource_type, size = backup.resource_size,
    })
  end
  return resource
end

local function is_newer(at, other)
  return not other or (at or 0) > (other.at or 0)
end

-- Takes a backup of the list.
local function take_backup(state, site, backup)
  local vault = site.by_id[backup.vault_id or ""]
  local resource = vault and resource_of(vault, backup)
  if not resource or type(backup.id) ~= "string" or backup.image_type == "replication"
    or backup.status ~= "available" then
    return
  end
  local traces = origin.records(backup)
  site.has_records = site.has_records or #traces > 0
  local entry = {
    id = backup.id, name = backup.name, at = origin.moment(backup), there = {},
    size = text.number(backup.resource_size) or resource.size,
    resource = resource, traces = by_destination(traces, state.destinations),
  }
  resource.newest = is_newer(entry.at, resource.newest) and entry or resource.newest
  resource.size = resource.size or entry.size
  local reason, code = replicable.of_vault(vault, state.method)
  if not reason then
    reason, code = replicable.of_backup(vault, backup)
  end
  if reason then
    if is_newer(entry.at, resource.left_out) then
      resource.left_out = { reason = reason, code = code, at = entry.at, id = entry.id }
    end
  elseif state.rule(resource.picks, entry) then
    resource.has_dropped = true
  end
end

-- The lists to read for a site: one for each vault, or one for the whole project. Each has the vaults that it is about.
local function lists_of(site)
  if #site.vaults > MOST_SINGLE_LISTS and #site.vaults * 2 >= site.total then
    return { { site = site, vaults = site.vaults } }
  end
  local lists = {}
  for i, vault in ipairs(site.vaults) do
    lists[i] = { site = site, vault_id = vault.id, vaults = { vault } }
  end
  return lists
end

local function all_lists(state)
  local lists = {}
  for _, site in ipairs(state.sites) do
    for _, list in ipairs(lists_of(site)) do
      lists[#lists + 1] = list
    end
  end
  return lists
end

-- Reads lists side by side. A vault whose list fails is unread.
local function read_lists(state, phase, lists, read)
  local done = 0
  side_by_side.run(lists, state.concurrency, function(list)
    local ok, err = read(list)
    for _, vault in ipairs(ok and {} or list.vaults) do
      vault.unread = vault.unread or err
    end
    done = done + 1
    state.tell(phase, done, #lists)
  end)
end

local function read_backups(state, resource_id)
  read_lists(state, "backups", all_lists(state), function(list)
    return clients.each(list.site.client, "list_backups", {
      vault_id = list.vault_id, image_type = "backup", show_replication = true, resource_id = resource_id,
    }, function(backup)
      take_backup(state, list.site, backup)
    end)
  end)
end

-- All picked backups of a list's vaults, by id, and the moment of the oldest one.
local function picked(list)
  local by_id, oldest = {}, nil
  for _, vault in ipairs(list.vaults) do
    for _, resource in ipairs(vault.resources) do
      for _, entry in ipairs(resource.picks) do
        by_id[entry.id], oldest = entry, math.min(entry.at or 0, oldest or math.huge)
      end
    end
  end
  return by_id, oldest
end

-- Reads the tasks of a list's vaults, which say what no record does.
local function read_task_list(state, list)
  local by_id, oldest = picked(list)
  if not oldest then
    return true
  end
  return clients.each(list.site.client, "list_op_logs", {
    vault_id = list.vault_id, start_time = time.text(math.max(oldest - TASKS_BEFORE_SECONDS, 0)),
  }, function(task)
    local source_id, trace = origin.task(task)
    local entry = by_id[source_id or ""]
    for d, destination in ipairs(entry and state.destinations or {}) do
      if origin.leads_to(trace, destination) then
        entry.traces[d] = entry.traces[d] or {}
        table.insert(entry.traces[d], trace)
      end
    end
  end)
end

--- Reads the tasks of the sites whose backups show no records at all: Open Telekom Cloud documents none.
---@param state cbr.dr.Survey
function survey.read_tasks(state)
  local lists = {}
  for _, list in ipairs(all_lists(state)) do
    lists[#lists + 1] = not list.site.has_records and list or nil
  end
  read_lists(state, "tasks", lists, function(list)
    return read_task_list(state, list)
  end)
end

--- Reads the selected vaults, their backups, and, where there are no records, their tasks.
---@param list cbr.Client[]
---@param given table the parameters
---@param rule fun(list: table[], backup: table): boolean
---@return cbr.dr.Survey
function survey.run(list, given, rule)
  local state = {
    destinations = given.destinations, rule = rule, method = given.method, concurrency = given.concurrency,
  }
  function state.tell(phase, done, total)
    if given.on_progress then
      given.on_progress { phase = phase, done = done, total = total }
    end
  end
  state.sites, state.missing = vaults.read(list, given)
  state.tell("vaults", #state.sites, #state.sites)
  read_backups(state)
  survey.read_tasks(state)
  return state
end

--- The survey of one resource alone, with all of its backups.
---@param state cbr.dr.Survey
---@param resource cbr.dr.Resource
---@param rule fun(list: table[], backup: table): boolean
---@return cbr.dr.Survey
---@return cbr.dr.Resource
function survey.of_resource(state, resource, rule)
  local site, vault = resource.vault.site, resource.vault
  local alone = {
    client = site.client, region = site.region, project_id = site.project_id, vaults = {}, by_id = {}, total = 0,
    has_records = site.has_records,
  }
  local copy = {
    site = alone, id = vault.id, name = vault.name, object_type = vault.object_type,
    protect_type = vault.protect_type, cloud_type = vault.cloud_type, resources = {}, by_resource = {},
    is_complete = true,
  }
  alone.vaults[1], alone.by_id[vault.id] = copy, copy
  local single = vaults.add_resource(copy, resource)
  local narrow = {
    sites = { alone }, missing = {}, destinations = state.destinations, rule = rule, method = state.method,
    concurrency = 1, tell = function() end,
  }
  read_backups(narrow, resource.id)
  survey.read_tasks(narrow)
  return narrow, single
end

return survey
