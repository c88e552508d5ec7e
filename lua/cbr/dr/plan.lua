--- Makes the plan of dr.replicate: a row for each selected backup and destination, and the orders to place or follow.

local backup_rules = require "cbr.dr.backup_rules"
local replicas = require "cbr.dr.replicas"
local room = require "cbr.dr.room"
local rows = require "cbr.dr.rows"
local status = require "cbr.objects.status"
local survey = require "cbr.dr.survey"

local plan = {}

--- The values of the field `status` of a row -> their meanings.
---@type table<string, string>
plan.statuses = {
  missing = "only in a dry run: the run would copy the backup",
  there = "the copy is at the destination already",
  in_progress = "the copy had not ended at the run's timeout, or the run is a dry run",
  success = "this run has copied the backup",
  failed = "the copy failed, or the service rejected the order",
  skipped = "the service skipped the copy",
  unknown = "the service may or may not have accepted the order",
  not_started = "the order was not placed before the timeout",
  no_backup = "the resource has no complete backup",
  not_replicable = "the service cannot copy such backups",
  unread = "the backups or the replicas could not be read",
}

---@class cbr.dr.Order an order to place, or a copy in progress to follow
---@field operation "copy_backup"|"replicate"
---@field project cbr.dr.Project
---@field d integer index of the destination
---@field id string id of the backup (`copy_backup`) or of the vault (`replicate`)
---@field vault_id string id of the source vault
---@field at number when the data of the order's newest backup was frozen, in seconds since 1970
---@field items { row: table, backup: cbr.dr.Backup }[] for each backup: its row of the plan, and the backup itself
---@field replication? cbr.dr.Replication the replication of a copy that is in progress already

-- Returns the replication in progress of a backup to destination `d`; nil if it has no such replication.
local function running_replication(backup, d)
  for _, replication in ipairs(backup.replications[d] or {}) do
    if not status.has_ended(replication.status) then
      return replication
    end
  end
end

-- Returns the row of a backup at destination `d`, and the replication of the backup if one is in progress.
local function row_of_backup(backup, d, destination)
  local row = rows.add_destination(rows.of_resource(backup.resource), destination)
  row.backup_id, row.backup_name, row.backup_at = backup.id, backup.name, rows.stamp(backup.at)
  row.size_gb = backup.size
  local copy, replication = backup.there[d], running_replication(backup, d)
  if copy then
    row.status, row.basis, row.replica_id = "there", copy.basis, copy.id
  elseif replication then
    row.status, row.basis = "in_progress", replication.basis
  else
    row.status = "missing"
  end
  return row, not copy and replication or nil
end

local function row_without_backup(resource, destination)
  local row = rows.add_destination(rows.of_resource(resource), destination)
  local reason = resource.left_out
  row.backup_id, row.backup_at = reason and reason.id, reason and rows.stamp(reason.at)
  row.status, row.reason = reason and "not_replicable" or "no_backup", reason and reason.reason
  row.error_code = reason and reason.code
  return row
end

local function unread_row(resource, destination, part, err)
  local row = rows.add_destination(rows.of_resource(resource), destination)
  row.status = "unread"
  return rows.add_unread(row, part, err)
end

-- Adds the rows of a resource at a destination, and the orders for the copies that are missing or in progress.
local function add_resource(made, resource, d, unread)
  local vault, destination = resource.vault, made.destinations[d]
  local err = vault.unread or unread[vault.project][d]
  if err then
    made.rows[#made.rows + 1] = unread_row(resource, destination, vault.unread and "backups" or "replicas", err)
    return
  elseif not resource.selected[1] then
    made.rows[#made.rows + 1] = row_without_backup(resource, destination)
    return
  end
  for _, backup in ipairs(resource.selected) do
    local row, replication = row_of_backup(backup, d, destination)
    made.rows[#made.rows + 1] = row
    made.orders[#made.orders + 1] = row.status ~= "there" and {
      operation = "copy_backup", project = vault.project, d = d, id = backup.id, vault_id = vault.id,
      at = backup.at or 0, items = { { row = row, backup = backup } }, replication = replication,
    } or nil
    made.present[#made.present + 1] = row.status == "there" and { id = backup.id, d = d } or nil
  end
end

-- Merges the orders that have the same vault and destination into one `replicate` of the vault. Copies in
-- progress are not merged.
local function by_vault(orders)
  local merged, known = {}, {}
  for _, order in ipairs(orders) do
    local key = order.vault_id .. order.d
    if order.replication then
      merged[#merged + 1] = order
    elseif known[key] then
      local of_vault = known[key]
      of_vault.items[#of_vault.items + 1], of_vault.at = order.items[1], math.max(of_vault.at, order.at)
    else
      order.operation, order.id, known[key] = "replicate", order.vault_id, order
      merged[#merged + 1] = order
    end
  end
  return merged
end

---@class cbr.dr.Plan
---@field rows table[]
---@field orders cbr.dr.Order[] the newest backups first
---@field missing { d: integer, size?: number }[] missing copies: index of the destination, GB
---@field present { id: string, d: integer }[] copies that the destination has already
---@field destinations table[]
---@field rooms cbr.dr.Room[] one for each destination

-- Makes the rows of all resources of a survey, and the orders for the copies that are missing or in progress.
local function from_survey(state, unread)
  local made = {
    rows = rows.unread_projects(state), orders = {}, missing = {}, present = {}, destinations = state.destinations,
  }
  for _, row in ipairs(made.rows) do
    row.status = "unread"
  end
  for _, project in ipairs(state.projects) do
    for _, vault in ipairs(project.vaults) do
      for d in ipairs(state.destinations) do
        for _, resource in ipairs(vault.resources) do
          add_resource(made, resource, d, unread)
        end
        if #vault.resources == 0 and vault.unread then -- the vault may have resources that could not be read
          local row = rows.add_destination(rows.of_vault(vault), made.destinations[d])
          row.status = "unread"
          made.rows[#made.rows + 1] = rows.add_unread(row, "backups", vault.unread)
        end
      end
    end
  end
  return made
end

--- Reads the source projects and the destinations, and makes the plan. Nothing is changed.
---@param list cbr.Client[] clients of the projects that hold the vaults
---@param given table parameters of dr.replicate
---@return cbr.dr.Plan
function plan.make(list, given)
  local rule = given.method == "vault" and backup_rules.since(-math.huge) or backup_rules.of_selection(given.select)
  local state = survey.run(list, given, rule)
  local made = from_survey(state, replicas.read(state))
  for _, order in ipairs(made.orders) do
    local size = order.items[1].backup.size
    made.missing[#made.missing + 1] = not order.replication and { d = order.d, size = size } or nil
  end
  made.rooms = room.read(list, given.destinations, given.concurrency)
  room.add(made.rooms, made.missing)
  if given.method == "vault" then
    made.orders = by_vault(made.orders)
  end
  for i, order in ipairs(made.orders) do
    order.number = i
  end
  local sorted = made.orders
  table.sort(sorted, function(a, b)
    return a.at > b.at or a.at == b.at and a.number < b.number
  end)
  return made
end

return plan
