--- dr.unprotected: resources that no backup protects, or not as one would think.

local clients = require "cbr.dr.clients"
local input = require "cbr.dr.input"
local json = require "cbr.util.json"
local protection = require "cbr.dr.protection"
local rows = require "cbr.dr.rows"
local side_by_side = require "cbr.dr.side_by_side"
local vaults = require "cbr.dr.vaults"

local TYPES = { "server", "disk", "turbo" } -- the default of `types`
local SINCE_SECONDS = 3 * 86400 -- the default of `since`: runs before this are not looked at

local FINDINGS = {
  "no_vault", "no_backup_policy", "backup_policy_disabled", "no_replication_policy", "replication_policy_disabled",
  "last_run_skipped", "last_run_failed", "agent_missing",
}

-- Adds what is found about one resource of a site to the rows.
local function add_row(list, site, resource, facts)
  local findings = protection.findings(resource, facts)
  if #findings > 0 then
    local vault = facts.vault_of[resource.id]
    list[#list + 1] = {
      region = site.region, project_id = site.project_id, resource_id = resource.id, resource_name = resource.name,
      resource_type = resource.type, size_gb = resource.size, vault_id = vault and vault.id,
      vault_name = vault and vault.name, findings = json.list(findings),
    }
  end
end

-- Reads a site. Returns its rows, the number of its resources, and what could not be read.
local function read_site(site, given)
  local list, unread, count = {}, {}, 0
  local function note(what, err)
    unread[#unread + 1] = rows.add_unread({ region = site.region, project_id = site.project_id }, what, err)
  end
  if site.unread then
    note("vaults", site.unread)
    return list, count, unread
  end
  local facts = protection.read(site, given, note)
  for _, kind in ipairs(given.types) do
    local ok, err = clients.each(site.client, "list_protectable", { protectable_type = kind }, function(resource)
      if type(resource.id) == "string" and not facts.seen[resource.id] then
        facts.seen[resource.id], count = true, count + 1
        facts.vault_of[resource.id] = facts.vault_of[resource.id] or protection.vault_of(resource)
        add_row(list, site, resource, facts)
      end
    end)
    if not ok then
      note("resources", err)
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

--- Lists resources that are in no vault; in a vault without a policy for backups or for replications, or with disabled
-- ones; that their last run skipped or failed to back up; and servers without the agent that their vault needs. It only
-- reads.
---@param client cbr.Client|cbr.Client[]
---@param params cbr.dr.params.unprotected
---@return cbr.dr.UnprotectedReport? report a row for each resource with a finding; `unread` has what could not be read
---@return cbr.Error? err kind `argument`
return function(client, params)
  local list = clients.list("dr.unprotected", client, 4)
  local given, err = input.read("unprotected", params, 4)
  if not given then
    return nil, err
  end
  given.all, given.types, given.since = true, given.types or TYPES, given.since or SINCE_SECONDS
  local sites = vaults.read(list, given)
  local parts, done = {}, 0
  side_by_side.run(sites, given.concurrency, function(site, i)
    parts[i] = { read_site(site, given) }
    done = done + 1
    if given.on_progress then
      given.on_progress { phase = "resources", done = done, total = #sites }
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
