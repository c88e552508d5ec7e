--- dr.copies: reports whether every protected resource has a copy at each destination, and how old that copy is.

local clients = require "cbr.dr.clients"
local input = require "cbr.dr.input"
local json = require "cbr.util.json"
local backup_rules = require "cbr.dr.backup_rules"
local replicas = require "cbr.dr.replicas"
local rows = require "cbr.dr.rows"
local side_by_side = require "cbr.dr.side_by_side"
local survey = require "cbr.dr.survey"

-- At first, only this number of newest backups of each resource is compared with the replicas. If none of these backups
-- has a copy, all backups of the resource are read in a second pass.
local BACKUPS_TO_COMPARE = 4

local VERDICTS = { "compliant", "stale", "uncopied", "not_replicable", "unknown_age", "unread" }

-- A report is green if all of its verdicts are among these. So resources that cannot be replicated are tolerated.
local GREEN = { compliant = true, not_replicable = true }

-- Whether destination `d` has a copy of a selected backup.
local function has_copy_of_selected(resource, d)
  for _, backup in ipairs(resource.selected) do
    if backup.there[d] then
      return true
    end
  end
  return false
end

-- Reads all backups of a resource, and assigns its replicas at destination `d` to these backups.
local function match_all_backups(state, resource, d, unread)
  local narrow, single = survey.of_resource(state, resource, backup_rules.since(-math.huge))
  local project = narrow.projects[1]
  if single.vault.unread then
    resource.vault.unread = resource.vault.unread or single.vault.unread
    return
  end
  local failures = replicas.read(narrow, resource.id)[project]
  unread[resource.vault.project][d] = unread[resource.vault.project][d] or failures[d]
  resource.found[d] = single.found[d] or resource.found[d]
end

local function match_all_backups_where_needed(state, unread)
  local jobs = {}
  for _, project in ipairs(state.projects) do
    for _, vault in ipairs(project.vaults) do
      for _, resource in ipairs(vault.resources) do
        for d in ipairs(state.destinations) do
          local found = resource.found[d]
          if found and found.unknown > 0 and resource.has_dropped and not has_copy_of_selected(resource, d)
            and not unread[project][d] and not vault.unread then
            jobs[#jobs + 1] = { resource = resource, d = d }
          end
        end
      end
    end
  end
  side_by_side.run(jobs, state.concurrency, function(job)
    match_all_backups(state, job.resource, job.d, unread)
  end)
end

-- Returns the verdict on a resource that has no copy with a known source, and the reason.
local function verdict_without_copy(resource, d, destination)
  local found = resource.found[d]
  if found and found.unknown > 0 then
    return "unknown_age", "unknown_source"
  elseif not resource.selected[1] and resource.left_out then
    return "not_replicable", resource.left_out.reason
  elseif not resource.selected[1] then
    return "uncopied", "no_backup"
  end
  for _, backup in ipairs(resource.selected) do
    for _, replication in ipairs(backup.replications[d] or {}) do
      if replication.status == "success" and replicas.is_elsewhere(destination, replication.vault_id) then
        return "uncopied", "in_other_vault"
      elseif replication.status == "success" then
        return "uncopied", "replica_is_gone"
      elseif replication.status == "waiting" or replication.status == "running" then
        return "uncopied", "in_progress"
      end
    end
  end
  return "uncopied", "never_copied"
end

-- Returns the verdict on a resource at destination `d`, and the reason.
local function verdict_of(resource, d, given)
  local newest, found = resource.selected[1], resource.found[d]
  local copy = found and found.best
  if not copy then
    return verdict_without_copy(resource, d, given.destinations[d])
  elseif not copy.at then
    return "unknown_age", "no_time"
  elseif rows.is_future(copy.at, given.at) then
    return "unknown_age", "clock"
  elseif given.at - copy.at > given.rpo then
    local is_newest = not newest or (newest.at or 0) <= copy.at
    return "stale", is_newest and "no_recent_backup" or "old_copy"
  elseif given.lag and newest and newest.at and newest.at > copy.at and given.at - newest.at > given.lag then
    return "stale", "lag"
  end
  return "compliant"
end

local function add_backup(row, newest, now)
  if newest then
    row.newest_backup_id, row.newest_backup_name = newest.id, newest.name
    row.newest_backup_at, row.newest_backup_age = rows.stamp(newest.at), rows.age(newest.at, now)
  end
end

local function add_copy(row, copy, given)
  if copy then
    row.replica_id, row.replica_vault_id, row.basis, row.source_backup_id = copy.id, copy.vault_id, copy.basis,
      copy.source_id
    row.replica_at, row.replica_age = rows.stamp(copy.at), rows.age(copy.at, given.at)
    row.lag, row.lag_basis = copy.lag and math.floor(copy.lag), copy.lag_basis
    row.is_late = given.lag ~= nil and copy.lag ~= nil and copy.lag > given.lag
  end
end

local function row_of(resource, d, given, unread)
  local row = rows.add_destination(rows.of_resource(resource), given.destinations[d])
  local vault = resource.vault
  add_backup(row, resource.newest, given.at)
  if vault.unread then
    row.verdict = "unread"
    return rows.add_unread(row, "backups", vault.unread)
  elseif unread[vault.project][d] then
    row.verdict = "unread"
    return rows.add_unread(row, "replicas", unread[vault.project][d])
  end
  local found = resource.found[d]
  add_copy(row, found and found.best, given)
  if found and not found.best and found.unknown > 0 then
    row.replica_id, row.basis = found.unknown_id, "resource"
  end
  row.unknown_replicas = found and found.unknown or 0
  row.verdict, row.reason = verdict_of(resource, d, given)
  return row
end

local function all_rows(state, given, unread)
  local list = {}
  for _, row in ipairs(rows.unread_projects(state)) do
    row.verdict = "unread"
    list[#list + 1] = row
  end
  for _, project in ipairs(state.projects) do
    for _, vault in ipairs(project.vaults) do
      for d, destination in ipairs(given.destinations) do
        for _, resource in ipairs(vault.resources) do
          list[#list + 1] = row_of(resource, d, given, unread)
        end
        if #vault.resources == 0 and vault.unread then -- the vault may have resources that could not be read
          local row = rows.add_destination(rows.of_vault(vault), destination)
          row.verdict = "unread"
          list[#list + 1] = rows.add_unread(row, "backups", vault.unread)
        end
      end
    end
  end
  return list
end

local function add_sums(report, state)
  local totals = rows.totals(report.rows, "verdict", VERDICTS)
  totals.vaults, totals.resources, totals.late = 0, 0, 0
  for _, project in ipairs(state.projects) do
    totals.vaults = totals.vaults + #project.vaults
    for _, vault in ipairs(project.vaults) do
      totals.resources = totals.resources + #vault.resources
    end
  end
  report.is_green = totals.compliant > 0
  for _, row in ipairs(report.rows) do
    totals.late = totals.late + (row.is_late and 1 or 0)
    report.is_green = report.is_green and GREEN[row.verdict] == true
  end
  report.totals = totals
  return report
end

--- Reports, for each protected resource of the selected vaults, its newest backup, its newest copy at each destination
-- (as the destination itself lists it), and a verdict. Nothing is changed.
---@param client cbr.Client|cbr.Client[] clients of the projects that hold the vaults
---@param params cbr.dr.params.copies
---@return cbr.dr.CopiesReport? report a row has the verdict `unread` if its data could not be read
---@return cbr.Error? err kind `argument`
return function(client, params)
  local list = clients.list("dr.copies", client, 4)
  local given, err = input.read("copies", params, 4)
  if not given then
    return nil, err
  end
  local state = survey.run(list, given, backup_rules.newest(BACKUPS_TO_COMPARE))
  local unread = replicas.read(state)
  match_all_backups_where_needed(state, unread)
  local report = rows.report("copies", given.at, all_rows(state, given, unread))
  report.rpo, report.lag, report.destinations = given.rpo, given.lag, json.list {}
  for i, destination in ipairs(given.destinations) do
    report.destinations[i] = rows.add_destination({}, destination)
  end
  return add_sums(report, state)
end
