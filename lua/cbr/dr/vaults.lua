--- Reads the selected vaults, and the resources in them.

local clients = require "cbr.dr.clients"
local fields = require "cbr.objects.fields"
local json = require "cbr.util.json"
local side_by_side = require "cbr.dr.side_by_side"
local tables = require "cbr.util.tables"
local text = require "cbr.util.text"

local vaults = {}

-- If `vault_ids` has at most this many ids, each vault is read with a request of its own. For more vaults, a list of
-- all vaults with their resources needs fewer requests.
local MAX_SINGLE_READS = 8

---@class cbr.dr.Project the project of one client, and what was read with that client
---@field client cbr.Client
---@field region? string
---@field project_id? string
---@field vaults cbr.dr.Vault[] the selected vaults
---@field by_id table<string, cbr.dr.Vault> key of the id (fields.key) -> vault
---@field seen table<string, string|true> key of the id of a vault that was read -> true; a text says why the vault is
-- not in `vaults`
---@field total integer number of all vaults of the project except replication vaults
---@field unread? cbr.Error why the vaults could not be read

---@class cbr.dr.Vault
---@field project cbr.dr.Project
---@field id string
---@field name? string
---@field object_type? string
---@field protect_type? string
---@field cloud_type? string
---@field consistent_level? string
---@field resources cbr.dr.Resource[]
---@field by_resource table<string, cbr.dr.Resource>
---@field is_complete boolean whether the service returned the list of the vault's resources
---@field unread? cbr.Error why the vault's backups could not be read

---@class cbr.dr.Resource a resource in a vault
---@field vault cbr.dr.Vault
---@field id string
---@field name? string
---@field type? string
---@field size? number GB
---@field selected cbr.dr.Backup[] the backups that the survey's rule selects, from the newest to the oldest
---@field newest? cbr.dr.Backup newest available backup of the resource
---@field left_out? { reason: string, code?: string, at?: number } the newest backup of the resource that
-- cannot be copied
---@field has_dropped? boolean whether the resource has backups that are not selected
---@field found table<integer, cbr.dr.Found> index of a destination -> the resource's replicas there

--- Adds a resource to a vault, unless the vault has it already. Returns the resource of the vault.
---@param vault cbr.dr.Vault
---@param about { id: string, name?: string, type?: string, size?: number }
---@return cbr.dr.Resource
function vaults.add_resource(vault, about)
  local resource = vault.by_resource[about.id]
  if not resource then
    resource = {
      vault = vault, id = about.id, name = about.name, type = about.type, size = text.number(about.size),
      selected = {}, found = {},
    }
    vault.resources[#vault.resources + 1], vault.by_resource[about.id] = resource, resource
  end
  return resource
end

local function has_tags(vault, tags)
  local values = {}
  for _, tag in ipairs(tables.list(vault.tags)) do
    values[tag.key or ""] = tag.value or ""
  end
  for key, value in pairs(tags) do
    if values[key] == nil or value ~= true and values[key] ~= value then
      return false
    end
  end
  return true
end

-- Whether the parameters select a vault.
local function is_selected(vault, given)
  if given.vault_ids then
    return given.wanted[fields.key(vault.id)] == true
  elseif given.name_prefix then
    return type(vault.name) == "string" and vault.name:sub(1, #given.name_prefix) == given.name_prefix
  end
  return not given.tags or has_tags(vault, given.tags)
end

local function add(project, shown)
  local billing = tables.of(shown.billing)
  local vault = {
    project = project, id = shown.id, name = shown.name, object_type = billing.object_type,
    protect_type = billing.protect_type, cloud_type = billing.cloud_type,
    consistent_level = billing.consistent_level, is_complete = type(shown.resources) == "table", resources = {},
    by_resource = {},
  }
  for _, resource in ipairs(tables.list(shown.resources)) do
    if type(resource.id) == "string" then
      vaults.add_resource(vault, resource)
    end
  end
  project.vaults[#project.vaults + 1], project.by_id[fields.key(vault.id)] = vault, vault
  project.project_id = project.project_id or shown.project_id
end

-- Counts a vault of a response, and adds the vault to `project.vaults` if it is selected.
local function take(project, shown, given)
  local holds_replicas = tables.of(shown.billing).protect_type == "replication"
  project.total = project.total + (holds_replicas and 0 or 1)
  if type(shown.id) == "string" and not project.by_id[fields.key(shown.id)] and is_selected(shown, given) then
    project.seen[fields.key(shown.id)] = holds_replicas and "the vault holds replicas, not backups" or true
    if not holds_replicas then
      add(project, shown)
    end
  end
end

-- Reads all vaults of a project. Without `cloud_type`, the service lists only public vaults. Returns
-- true; or nil and an error.
local function read_all(project, given)
  for _, cloud_type in ipairs { "public", "hybrid" } do
    local ok, err = clients.each(project.client, "list_vault", { cloud_type = cloud_type }, function(shown)
      take(project, shown, given)
    end)
    if not ok then
      return nil, err
    end
  end
  return true
end

-- Reads each vault in `vault_ids` with a request of its own. Returns true; or nil and an error.
local function read_single(project, given)
  local problem
  side_by_side.run(given.vault_ids, given.concurrency, function(id)
    local shown, err = project.client:show_vault { vault_id = id }
    if shown then
      take(project, shown, given)
    elseif err.kind ~= "not_found" then
      problem = err
    end
  end)
  return not problem or nil, problem
end

-- Returns the vaults in `vault_ids` that no project has, with the reasons.
local function missing_of(projects, given)
  local missing, has_unread = json.list {}, false
  for _, project in ipairs(projects) do
    has_unread = has_unread or project.unread ~= nil
  end
  for _, id in ipairs(given.vault_ids or {}) do
    local reason = has_unread and "no project that could be read has the vault" or "no project has the vault"
    for _, project in ipairs(projects) do
      reason = project.seen[fields.key(id)] or reason
    end
    missing[#missing + 1] = reason ~= true and { vault_id = id, message = reason } or nil
  end
  return missing
end

--- Reads the selected vaults of all clients concurrently.
---@param list cbr.Client[]
---@param given table parameters that select vaults (`vault_ids`, `name_prefix`, `tags` or `all`), and `concurrency`
---@return cbr.dr.Project[] projects one for each client
---@return { vault_id: string, message: string }[] missing vaults in `vault_ids` that no project has
function vaults.read(list, given)
  local projects = {}
  given = tables.copy(given)
  given.wanted = {}
  for _, id in ipairs(given.vault_ids or {}) do
    given.wanted[fields.key(id)] = true
  end
  for i, client in ipairs(list) do
    projects[i] = {
      client = client, region = client.region, project_id = client.project_id, vaults = {}, by_id = {}, seen = {},
      total = 0,
    }
  end
  local read = given.vault_ids and #given.vault_ids <= MAX_SINGLE_READS and read_single or read_all
  side_by_side.run(projects, given.concurrency, function(project)
    local ok, err = read(project, given)
    project.unread = not ok and err or nil
  end)
  return projects, missing_of(projects, given)
end

return vaults
