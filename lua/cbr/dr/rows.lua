--- What the rows of all reports share: names beside ids, unread parts, totals.

local json = require "cbr.util.json"
local text = require "cbr.util.text"
local time = require "cbr.util.time"

local rows = {}

--- A time as text, or nil.
---@param at? number
---@return string?
function rows.stamp(at)
  return at and time.text(at) or nil
end

--- The fields that name a vault.
---@param vault cbr.dr.Vault
---@return table row
function rows.of_vault(vault)
  return {
    region = vault.site.region, project_id = vault.site.project_id, vault_id = vault.id, vault_name = vault.name,
  }
end

--- The fields that name a resource and its vault.
---@param resource cbr.dr.Resource
---@return table row
function rows.of_resource(resource)
  local row = rows.of_vault(resource.vault)
  row.resource_id, row.resource_name, row.resource_type = resource.id, resource.name, resource.type
  row.size_gb = resource.size
  return row
end

--- Adds the fields that name a destination.
---@param row table
---@param destination table
---@return table row
function rows.add_destination(row, destination)
  row.destination_region, row.destination_project_id = destination.region, destination.project_id
  row.destination_vault_id = destination.vault_id
  return row
end

--- Adds why something could not be read.
---@param row table
---@param what "vaults"|"backups"|"replicas"|"policies"|"tasks"|"resources"|"agents"
---@param err cbr.Error|{ message: string }
---@return table row
function rows.add_unread(row, what, err)
  row.reason, row.message, row.error_kind, row.error_code = what, text.line(err.message), err.kind, err.code
  return row
end

--- One row for everything that a survey could not read at all: the vaults of a client, and vaults that were asked for
-- and that nobody has.
---@param state cbr.dr.Survey
---@return table[] list rows without a resource, for each destination
function rows.unread_sites(state)
  local list = {}
  local function add(row, err)
    for _, destination in ipairs(state.destinations) do
      local copy = { region = row.region, project_id = row.project_id, vault_id = row.vault_id }
      list[#list + 1] = rows.add_unread(rows.add_destination(copy, destination), "vaults", err)
    end
  end
  for _, site in ipairs(state.sites) do
    if site.unread then
      add(site, site.unread)
    end
  end
  for _, missing in ipairs(state.missing) do
    add(missing, missing)
  end
  return list
end

--- Counts the rows by a field.
---@param list table[]
---@param field string
---@param names string[] values that are counted even if no row has them
---@return table<string, integer> totals with `rows`
function rows.totals(list, field, names)
  local totals = { rows = #list }
  for _, name in ipairs(names) do
    totals[name] = 0
  end
  for _, row in ipairs(list) do
    totals[row[field]] = (totals[row[field]] or 0) + 1
  end
  return totals
end

--- A report.
---@param kind "copies"|"replicate"|"prune"|"unprotected"
---@param at number seconds since 1970: the moment for which ages are computed
---@param list table[]
---@return table report `version` changes when a field gets another meaning
function rows.report(kind, at, list)
  return { kind = kind, version = 1, at = time.text(at), rows = json.list(list) }
end

return rows
