--- dr.unprotected: reports resources that are not backed up, or whose protection has a problem.

local clients = require "cbr.dr.clients"
local input = require "cbr.dr.input"
local json = require "cbr.util.json"
local protection = require "cbr.dr.protection"
local rows = require "cbr.dr.rows"
local side_by_side = require "cbr.dr.side_by_side"
local vaults = require "cbr.dr.vaults"

local TYPES = { "server", "disk", "turbo" } -- the default of `types`
local SINCE_SECONDS = 3 * 86400 -- the default of `since`: earlier backup tasks are ignored

local FINDINGS = {
  "no_vault", "no_backup_policy", "backup_policy_disabled", "no_replication_policy", "replication_policy_disabled",
  "last_run_skipped", "last_run_failed", "agent_missing",
}

-- Appends a row with the findings about a resource, if there are any findings.
local function add_row(list, project, resource, facts)
  local findings = protection.findings(resource, facts)
  if #findings > 0 then
    local vault = facts.vault_of[resource.id]
    list[#list + 1] = {
      region = project.region, project_id = project.project_id, resource_id = resource.id,
      resource_name = resource.name, resource_type = resource.type, size_gb = resource.size,
      vault_id = vault and vault.id, vault_name = vault and vault.name, findings = json.list(findings),
    }
  end
end

-- Reads a project. Returns the rows of the project, the number of its resources, and a row for each list
-- that could not be read.
local function read_project(project, given)
  local list, unread, count = {}, {}, 0
  local function record_error(part, err)
    unread[#unread + 1] = rows.add_unread({ region = project.region, project_id = project.project_id }, part, err)
  end
  if project.unread then
    record_error("vaults", project.unread)
    return list, count, unread
  end
  local facts = protection.read(project, given, record_error)
  for _, kind in ipairs(given.types) do
    local ok, err = clients.each(project.client, "list_protectable", { protectable_type = kind }, function(resource)
      if type(resource.id) == "string" and not facts.seen[resource.id] then
        facts.seen[resource.id], count = true, count + 1
        facts.vault_of[resource.id] = facts.vault_of[resource.id] or protection.vault_of(resource)
        add_row(list, project, resource, facts)
      end
    end)
    if not ok then
      record_error("resources", err)
    end
  end
  return list, count, unread
end

local function totals_of(list, count)
  local totals = { rows = #list, resources = count }
  for _, name in ipairs(FINDINGS) do
    totals[name] = 0
  end
  for _, row in ipairs(list) do
    for _, finding in ipairs(row.findings) do
      totals[finding] = totals[finding] + 1
    end
  end
  return totals
end

--- Reports four kinds of resources: those in no vault, those whose vault has no enabled backup or
-- replication policy, those whose last backup failed or was skipped, and servers without the agent that
-- their vault needs. Nothing is changed.
---@param client cbr.Client|cbr.Client[]
---@param params cbr.dr.params.unprotected
---@return cbr.dr.UnprotectedReport? report a row for each resource with a finding; `unread` lists what could not be
-- read
---@return cbr.Error? err kind `argument`
return function(client, params)
  local list = clients.list("dr.unprotected", client, 4)
  local given, err = input.read("unprotected", params, 4)
  if not given then
    return nil, err
  end
  given.all, given.types, given.since = true, given.types or TYPES, given.since or SINCE_SECONDS
  local projects = vaults.read(list, given)
  local parts, done = {}, 0
  side_by_side.run(projects, given.concurrency, function(project, i)
    parts[i] = { read_project(project, given) }
    done = done + 1
    if given.on_progress then
      given.on_progress { phase = "resources", done = done, total = #projects }
    end
  end)
  local all, unread, count = {}, json.list {}, 0
  for _, part in ipairs(parts) do
    for _, row in ipairs(part[1]) do
      all[#all + 1] = row
    end
    for _, row in ipairs(part[3]) do
      unread[#unread + 1] = row
    end
    count = count + part[2]
  end
  local report = rows.report("unprotected", given.at, all)
  report.unread, report.totals = unread, totals_of(all, count)
  report.is_green = count > 0 and #all == 0 and #unread == 0
  return report
end
