--- The vaults that a question of cbr.dr is about, and the resources in them.

local clients = require "cbr.dr.clients"
local json = require "cbr.util.json"
local side_by_side = require "cbr.dr.side_by_side"
local tables = require "cbr.util.tables"
local text = require "cbr.util.text"

local vaults = {}

-- Up to this number, vaults that are asked for by id are read one by one: lists show all vaults, with their resources.
local MOST_SINGLE_READS = 8

---@class cbr.dr.Site a client, and what was read with it
---@field client cbr.Client
---@field region? string
---@field project_id? string
---@field vaults cbr.dr.Vault[] that were selected
---@field by_id table<string, cbr.dr.Vault>
---@field total integer number of all vaults that hold backups
---@field unread? cbr.Error the vaults could not be read

---@class cbr.dr.Vault
---@field site cbr.dr.Site
---@field id string
---@field name? string
---@field object_type? string
---@field protect_type? string
---@field cloud_type? string
---@field consistent_level? string
---@field resources cbr.dr.Resource[]
---@field by_resource table<string, cbr.dr.Resource>
---@field is_complete boolean the service has listed the vault's resources
---@field unread? cbr.Error its backups could not be read

---@class cbr.dr.Resource a resource in a vault
---@field vault cbr.dr.Vault
---@field id string
---@field name? string
---@field type? string
---@field size? number GB
---@field picks table[] its backups that are looked at, from the newest to the oldest
---@field newest? table its newest complete backup
---@field left_out? { reason: string, code?: string, at?: number } its newest backup that cannot be copied
---@field has_dropped? boolean it has more backups than its picks
---@field found table<integer, table> number of a destination -> what was found there

--- Adds a resource to a vault, unless it is there.
---@param vault cbr.dr.Vault
---@param fields { id: string, name?: string, type?: string, size?: number }
---@return cbr.dr.Resource
function vaults.add_resource(vault, fields)
  local resource = vault.by_resource[fields.id]
  if not resource then
    resource = {
      vault = vault, id = fields.id, name = fields.name, type = fields.type, size = text.number(fields.size),
      picks = {}, found = {},
    }
    vault.resources[#vault.resources + 1], vault.by_resource[fields.id] = resource, resource
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

-- Whether a vault is selected.
local function is_meant(vault, given)
  if given.vault_ids then
    return given.wanted[vault.id] == true
  elseif given.name_prefix then
    return type(vault.name) == "string" and vault.name:sub(1, #given.name_prefix) == given.name_prefix
  end
  return not given.tags or has_tags(vault, given.tags)
end

local function add(site, shown)
  local billing = tables.of(shown.billing)
  local vault = {
    site = site, id = shown.id, name = shown.name, object_type = billing.object_type,
    protect_type = billing.protect_type, cloud_type = billing.cloud_type,
    consistent_level = billing.consistent_level, is_complete = type(shown.resources) == "table", resources = {},
    by_resource = {},
  }
  for _, resource in ipairs(tables.list(shown.resources)) do
    if type(resource.id) == "string" then
      vaults.add_resource(vault, resource)
    end
  end
  site.vaults[#site.vaults + 1], site.by_id[vault.id] = vault, vault
  site.project_id = site.project_id or shown.project_id
end

-- Takes a vault as the service shows it.
local function take(site, shown, given)
  local holds_replicas = tables.of(shown.billing).protect_type == "replication"
  site.total = site.total + (holds_replicas and 0 or 1)
  if type(shown.id) == "string" and not site.by_id[shown.id] and is_meant(shown, given) then
    site.seen[shown.id] = holds_replicas and "it holds replicas, and not the backups" or true
    if not holds_replicas then
      add(site, shown)
    end
  end
end

-- Reads all vaults of a site. By default the service lists only public vaults. Returns true; or nil and an error.
local function read_all(site, given)
  for _, cloud_type in ipairs { "public", "hybrid" } do
    local ok, err = clients.each(site.client, "list_vault", { cloud_type = cloud_type }, function(shown)
      take(site, shown, given)
    end)
    if not ok then
      return nil, err
    end
  end
  return true
end

-- Reads the vaults that were asked for, one by one. Returns true; or nil and an error.
local function read_single(site, given)
  local problem
  side_by_side.run(given.vault_ids, given.concurrency, function(id)
    local shown, err = site.client:show_vault { vault_id = id }
    if shown then
      take(site, shown, given)
    elseif err.kind ~= "not_found" then
      problem = err
    end
  end)
  return not problem or nil, problem
end

-- The vaults that were asked for by id, and that no site has: id -> why.
local function missing_of(sites, given)
  local missing, has_unread = json.list {}, false
  for _, site in ipairs(sites) do
    has_unread = has_unread or site.unread ~= nil
  end
  for _, id in ipairs(given.vault_ids or {}) do
    local reason = has_unread and "no project that could be read has the vault" or "no project has the vault"
    for _, site in ipairs(sites) do
      reason = site.seen[id] or reason
    end
    missing[#missing + 1] = reason ~= true and { vault_id = id, message = reason } or nil
  end
  return missing
end

--- Reads the selected vaults of all clients, side by side.
---@param list cbr.Client[]
---@param given table the parameters: `vault_ids`, `name_prefix`, `tags` or `all`; `concurrency`
---@return cbr.dr.Site[] sites one for each client; one that could not be read has `unread`
---@return { vault_id: string, message: string }[] missing vaults that were asked for, and that nobody has
function vaults.read(list, given)
  local sites = {}
  given = tables.copy(given)
  given.wanted = {}
  for _, id in ipairs(given.vault_ids or {}) do
    given.wanted[id] = true
  end
  for i, client in ipairs(list) do
    sites[i] = {
      client = client, region = client.region, project_id = client.project_id, vaults = {}, by_id = {}, seen = {},
      total = 0,
    }
  end
  local read = given.vault_ids and #given.vault_ids <= MOST_SINGLE_READS and read_single or read_all
  side_by_side.run(sites, given.concurrency, function(site)
    local ok, err = read(site, given)
    site.unread = not ok and err or nil
  end)
  return sites, missing_of(sites, given)
end

return vaults
