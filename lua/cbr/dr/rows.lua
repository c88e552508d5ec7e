--- Makes the parts that the reports of cbr.dr share: the fields of rows, rows for unread data, totals.

local json = require "cbr.util.json"
local text = require "cbr.util.text"
local time = require "cbr.util.time"

local rows = {}

-- If data seems to be from more than this many seconds in the future, a clock is wrong.
local CLOCK_SECONDS = 600

--- Converts a time to text. Returns nil for nil.
---@param at? number
---@return string?
function rows.stamp(at)
  return at and time.text(at) or nil
end

--- Returns the age of data.
---@param at? number when the data was frozen, in seconds since 1970
---@param now number seconds since 1970
---@return integer? seconds nil for nil
function rows.age(at, now)
  return at and math.floor(now - at) or nil
end

--- Whether data seems to be from the future, so that its time is wrong.
---@param at number when the data was frozen, in seconds since 1970
---@param now number seconds since 1970
---@return boolean
function rows.is_future(at, now)
  return at - now > CLOCK_SECONDS
end

--- Returns a row with the fields that name a vault.
---@param vault cbr.dr.Vault
---@return table row
function rows.of_vault(vault)
  return {
    region = vault.project.region, project_id = vault.project.project_id, vault_id = vault.id, vault_name = vault.name,
  }
end

--- Returns a row with the fields that name a resource and its vault.
---@param resource cbr.dr.Resource
---@return table row
function rows.of_resource(resource)
  local row = rows.of_vault(resource.vault)
  row.resource_id, row.resource_name, row.resource_type = resource.id, resource.name, resource.type
  row.size_gb = resource.size
  return row
end

--- Adds the fields that name a destination to a row.
---@param row table
---@param destination table
---@return table row
function rows.add_destination(row, destination)
  row.destination_region, row.destination_project_id = destination.region, destination.project_id
  row.destination_vault_id = destination.vault_id
  return row
end

--- Adds to a row which data could not be read, and the error.
---@param row table
---@param part "vaults"|"backups"|"replicas"|"policies"|"tasks"|"resources"|"agents"
---@param err cbr.Error|{ message: string }
---@return table row
function rows.add_unread(row, part, err)
  row.reason, row.message, row.error_kind, row.error_code = part, text.line(err.message), err.kind, err.code
  return row
end

--- Makes rows for the projects whose vaults could not be read, and for the vaults in `vault_ids` that no project has.
---@param state cbr.dr.Survey
---@return table[] list one row for each destination of each of these projects and vaults; the rows name no resource
function rows.unread_projects(state)
  local list = {}
  local function add(row, err)
    for _, destination in ipairs(state.destinations) do
      local copy = { region = row.region, project_id = row.project_id, vault_id = row.vault_id }
      list[#list + 1] = rows.add_unread(rows.add_destination(copy, destination), "vaults", err)
    end
  end
  for _, project in ipairs(state.projects) do
    if project.unread then
      add(project, project.unread)
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
---@return table<string, integer> totals value of the field -> number of rows, and `rows` -> number of all rows
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

--- Makes a report.
---@param kind "copies"|"replicate"|"prune"|"unprotected"
---@param at number seconds since 1970: the time for which ages are computed
---@param list table[]
---@return table report its `version` changes if the meaning of a field changes
function rows.report(kind, at, list)
  return { kind = kind, version = 1, at = time.text(at), rows = json.list(list) }
end

return rows
