--- Reads the backups of the selected vaults, with the replication records and tasks of these backups. For each
-- resource, the survey keeps only the backups that a rule selects, so its memory grows with the number of resources,
-- not of backups.

local clients = require "cbr.dr.clients"
local fields = require "cbr.objects.fields"
local replica_source = require "cbr.dr.replica_source"
local replicable = require "cbr.objects.replicable"
local side_by_side = require "cbr.dr.side_by_side"
local text = require "cbr.util.text"
local time = require "cbr.util.time"
local vaults = require "cbr.dr.vaults"

local survey = {}

-- For this many vaults or fewer, the backups of each vault are listed. For more vaults, a list of all backups of the
-- project needs fewer requests.
local MAX_SINGLE_LISTS = 16

local TASKS_BEFORE_SECONDS = 3600 -- a task may seem older than the backup that it copies

---@class cbr.dr.Survey
---@field projects cbr.dr.Project[]
---@field missing { vault_id: string, message: string }[]
---@field destinations table[]
---@field rule fun(list: table[], backup: table): boolean which backups of a resource are kept: see cbr.dr.backup_rules
---@field method? "backup"|"vault"
---@field concurrency integer
---@field report_progress fun(phase: string, done: integer, total: integer)

---@class cbr.dr.Backup a backup in the survey
---@field id string
---@field name? string
---@field at? number when its data was frozen, in seconds since 1970
---@field size? number GB
---@field resource cbr.dr.Resource
---@field replications table<integer, cbr.dr.Replication[]> index of a destination -> the replications to it
---@field there table<integer, cbr.dr.Copy> index of a destination -> the copy at the destination

-- Groups the replications of a backup by destination: index of the destination -> replications.
local function by_destination(replications, destinations)
  local found = {}
  for d, destination in ipairs(destinations) do
    for _, replication in ipairs(replications) do
      if replica_source.leads_to(replication, destination) then
        found[d] = found[d] or {}
        table.insert(found[d], replication)
      end
    end
  end
  return found
end

-- Returns the resource of a backup; nil if the backup names none, or if the vault no longer protects it.
local function resource_of(vault, shown)
  if type(shown.resource_id) ~= "string" then
    return nil
  end
  local resource = vault.by_resource[shown.resource_id]
  if not resource and not vault.is_complete then
    resource = vaults.add_resource(vault, {
      id = shown.resource_id, name = shown.resource_name, type = shown.resource_type, size = shown.resource_size,
    })
  end
  return resource
end

local function is_newer(at, other)
  return not other or (at or 0) > (other.at or 0)
end

-- Adds a backup of a list to the survey.
local function take_backup(state, project, shown)
  local vault = project.by_id[fields.key(shown.vault_id)]
  local resource = vault and resource_of(vault, shown)
  if not resource or type(shown.id) ~= "string" or shown.image_type == "replication" or shown.status ~= "available" then
    return
  end
  local replications = replica_source.records(shown)
  project.has_records = project.has_records or #replications > 0
  local backup = {
    id = shown.id, name = shown.name, at = replica_source.data_time(shown), there = {},
    size = text.number(shown.resource_size) or resource.size,
    resource = resource, replications = by_destination(replications, state.destinations),
  }
  resource.newest = is_newer(backup.at, resource.newest) and backup or resource.newest
  resource.size = resource.size or backup.size
  local reason, code = replicable.of_vault(vault, state.method)
  if not reason then
    reason, code = replicable.of_backup(vault, shown)
  end
  if reason then
    if is_newer(backup.at, resource.left_out) then
      resource.left_out = { reason = reason, code = code, at = backup.at, id = backup.id }
    end
  elseif state.rule(resource.selected, backup) then
    resource.has_dropped = true
  end
end

-- Returns the lists to read for a project: one for each vault, or one for the whole project. The field `vaults` of a
-- list has the vaults whose backups the list contains.
local function lists_of(project)
  if #project.vaults > MAX_SINGLE_LISTS and #project.vaults * 2 >= project.total then
    return { { project = project, vaults = project.vaults } }
  end
  local lists = {}
  for i, vault in ipairs(project.vaults) do
    lists[i] = { project = project, vault_id = vault.id, vaults = { vault } }
  end
  return lists
end

local function all_lists(state)
  local lists = {}
  for _, project in ipairs(state.projects) do
    for _, list in ipairs(lists_of(project)) do
      lists[#lists + 1] = list
    end
  end
  return lists
end

-- Reads lists concurrently. If a list cannot be read, the vaults of the list get the error in `unread`.
local function read_lists(state, phase, lists, read)
  local done = 0
  side_by_side.run(lists, state.concurrency, function(list)
    local ok, err = read(list)
    for _, vault in ipairs(ok and {} or list.vaults) do
      vault.unread = vault.unread or err
    end
    done = done + 1
    state.report_progress(phase, done, #lists)
  end)
end

local function read_backups(state, resource_id)
  read_lists(state, "backups", all_lists(state), function(list)
    return clients.each(list.project.client, "list_backups", {
      vault_id = list.vault_id, image_type = "backup", show_replication = true, resource_id = resource_id,
    }, function(backup)
      take_backup(state, list.project, backup)
    end)
  end)
end

-- Returns the selected backups of the vaults of a list (key of the id -> backup), and when the data of the oldest was
-- frozen, in seconds since 1970.
local function selected_of(list)
  local by_id, oldest = {}, nil
  for _, vault in ipairs(list.vaults) do
    for _, resource in ipairs(vault.resources) do
      for _, backup in ipairs(resource.selected) do
        by_id[fields.key(backup.id)], oldest = backup, math.min(backup.at or 0, oldest or math.huge)
      end
    end
  end
  return by_id, oldest
end

-- Reads the tasks of the vaults of a list, and adds their replications to the selected backups.
local function read_task_list(state, list)
  local by_id, oldest = selected_of(list)
  if not oldest then
    return true
  end
  return clients.each(list.project.client, "list_op_logs", {
    vault_id = list.vault_id, start_time = time.text(math.max(oldest - TASKS_BEFORE_SECONDS, 0)),
  }, function(task)
    local source_id, replication = replica_source.task(task)
    local backup = by_id[fields.key(source_id)]
    for d, destination in ipairs(backup and state.destinations or {}) do
      if replica_source.leads_to(replication, destination) then
        backup.replications[d] = backup.replications[d] or {}
        table.insert(backup.replications[d], replication)
      end
    end
  end)
end

--- Reads the tasks of the projects in which no backup has replication records. Open Telekom Cloud documents no records.
---@param state cbr.dr.Survey
function survey.read_tasks(state)
  local lists = {}
  for _, list in ipairs(all_lists(state)) do
    lists[#lists + 1] = not list.project.has_records and list or nil
  end
  read_lists(state, "tasks", lists, function(list)
    return read_task_list(state, list)
  end)
end

--- Reads the selected vaults, their backups, and the tasks of projects without replication records.
---@param list cbr.Client[]
---@param given table parameters of the function of cbr.dr
---@param rule fun(list: table[], backup: table): boolean
---@return cbr.dr.Survey
function survey.run(list, given, rule)
  local state = {
    destinations = given.destinations, rule = rule, method = given.method, concurrency = given.concurrency,
  }
  function state.report_progress(phase, done, total)
    if given.on_progress then
      given.on_progress { phase = phase, done = done, total = total }
    end
  end
  state.projects, state.missing = vaults.read(list, given)
  state.report_progress("vaults", #state.projects, #state.projects)
  read_backups(state)
  survey.read_tasks(state)
  return state
end

--- Makes a survey of a single resource, with another rule.
---@param state cbr.dr.Survey
---@param resource cbr.dr.Resource
---@param rule fun(list: table[], backup: table): boolean
---@return cbr.dr.Survey single
---@return cbr.dr.Resource resource the resource in that survey
function survey.of_resource(state, resource, rule)
  local project, vault = resource.vault.project, resource.vault
  local alone = {
    client = project.client, region = project.region, project_id = project.project_id, vaults = {}, by_id = {},
    total = 0, has_records = project.has_records,
  }
  local copy = {
    project = alone, id = vault.id, name = vault.name, object_type = vault.object_type,
    protect_type = vault.protect_type, cloud_type = vault.cloud_type, resources = {}, by_resource = {},
    is_complete = true,
  }
  alone.vaults[1], alone.by_id[fields.key(vault.id)] = copy, copy
  local single = vaults.add_resource(copy, resource)
  local narrow = {
    projects = { alone }, missing = {}, destinations = state.destinations, rule = rule, method = state.method,
    concurrency = 1, report_progress = function() end,
  }
  read_backups(narrow, resource.id)
  survey.read_tasks(narrow)
  return narrow, single
end

return survey
