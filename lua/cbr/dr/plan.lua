--- The plan of dr.replicate: a row for each selected backup and destination, and the orders that are needed.

local picks = require "cbr.dr.picks"
local replicas = require "cbr.dr.replicas"
local room = require "cbr.dr.room"
local rows = require "cbr.dr.rows"
local status = require "cbr.follow.status"
local survey = require "cbr.dr.survey"

local plan = {}

--- All values of a row's `status`, with their meanings.
---@type table<string, string>
plan.statuses = {
  missing = "a dry run: the run would copy it",
  there = "the copy is at the destination already",
  in_progress = "a copy is in progress: the run waited until its timeout, or is a dry run",
  success = "this run has copied it",
  failed = "the copy failed, or the service rejected the order",
  skipped = "the service skipped the copy",
  unknown = "the order may have been accepted, and nothing shows whether it was",
  not_started = "the timeout had passed before the order",
  no_backup = "the resource has no complete backup",
  not_replicable = "backups like this cannot be copied",
  unread = "the backups or the replicas could not be read",
}

---@class cbr.dr.Order an order, or an order of somebody else that is followed
---@field operation "copy_backup"|"replicate"
---@field site cbr.dr.Site
---@field d integer number of the destination
---@field id string of the backup or of the vault
---@field vault_id string source
---@field at number moment of the newest backup
---@field items { row: table, entry: table }[]
---@field trace? cbr.dr.Trace the copy is in progress already

-- What the traces of a backup say: a trace in progress, or nil.
local function running_trace(entry, d)
  for _, trace in ipairs(entry.traces[d] or {}) do
    if not status.has_ended(trace.status) then
      return trace
    end
  end
end

-- The row of a backup, and the trace of its copy if that is in progress.
local function row_of_backup(entry, d, destination)
  local row = rows.add_destination(rows.of_resource(entry.resource), destination)
  row.backup_id, row.backup_name, row.backup_at = entry.id, entry.name, rows.stamp(entry.at)
  row.size_gb = entry.size
  local copy, trace = entry.there[d], running_trace(entry, d)
  if copy then
    row.status, row.basis, row.replica_id = "there", copy.basis, copy.id
  elseif trace then
    row.status, row.basis = "in_progress", trace.basis
  else
    row.status = "missing"
  end
  return row, not copy and trace or nil
end

local function row_without_backup(resource, destination)
  local row = rows.add_destination(rows.of_resource(resource), destination)
  local reason = resource.left_out
  row.backup_id, row.backup_at = reason and reason.id, reason and rows.stamp(reason.at)
  row.status, row.reason = reason and "not_replicable" or "no_backup", reason and reason.reason
  row.error_code = reason and reason.code
  return row
end

local function unread_row(resource, destination, what, err)
  local row = rows.add_destination(rows.of_resource(resource), destination)
  row.status = "unread"
  return rows.add_unread(row, what, err)
end

-- Adds the rows of a resource at a destination, and the orders for the copies that are missing or in progress.
local function add_resource(made, resource, d, unread)
  local vault, destination = resource.vault, made.destinations[d]
  local err = vault.unread or unread[vault.site][d]
  if err then
    made.rows[#made.rows + 1] = unread_row(resource, destination, vault.unread and "backups" or "replicas", err)
    return
  elseif not resource.picks[1] then
    made.rows[#made.rows + 1] = row_without_backup(resource, destination)
    return
  end
  for _, entry in ipairs(resource.picks) do
    local row, trace = row_of_backup(entry, d, destination)
    made.rows[#made.rows + 1] = row
    made.orders[#made.orders + 1] = row.status ~= "there" and {
      operation = "copy_backup", site = vault.site, d = d, id = entry.id, vault_id = vault.id, at = entry.at or 0,
      items = { { row = row, entry = entry } }, trace = trace,
    } or nil
    made.present[#made.present + 1] = row.status == "there" and { id = entry.id, d = d } or nil
  end
end

-- Joins the orders for missing backups of a vault and a destination to one order for the vault.
local function by_vault(orders)
  local joined, known = {}, {}
  for _, order in ipairs(orders) do
    local key = order.vault_id .. order.d
    if order.trace then
      joined[#joined + 1] = order
    elseif known[key] then
      local whole = known[key]
      whole.items[#whole.items + 1], whole.at = order.items[1], math.max(whole.at, order.at)
    else
      order.operation, order.id, known[key] = "replicate", order.vault_id, order
      joined[#joined + 1] = order
    end
  end
  return joined
end

---@class cbr.dr.Plan
---@field rows table[]
---@field orders cbr.dr.Order[] the newest backups first
---@field missing { d: integer, size?: number }[]
---@field present { id: string, d: integer }[] copies that are there already
---@field destinations table[]
---@field rooms cbr.dr.Room[] one for each destination

-- The rows of everything that the survey shows, and the orders for the copies that are missing or in progress.
local function from_survey(state, unread)
  local made = {
    rows = rows.unread_sites(state), orders = {}, missing = {}, present = {}, destinations = state.destinations,
  }
  for _, row in ipairs(made.rows) do
    row.status = "unread"
  end
  for _, site in ipairs(state.sites) do
    for _, vault in ipairs(site.vaults) do
      for d in ipairs(state.destinations) do
        for _, resource in ipairs(vault.resources) do
          add_resource(made, resource, d, unread)
        end
        if #vault.resources == 0 and vault.unread then -- it may have some
          local row = rows.add_destination(rows.of_vault(vault), made.destinations[d])
          row.status = "unread"
          made.rows[#made.rows + 1] = rows.add_unread(row, "backups", vault.unread)
        end
      end
    end
  end
  return made
end

--- Surveys the sources and the destinations, and makes the plan. It only reads.
---@param list cbr.Client[] of the projects that hold the vaults
---@param given table the parameters of dr.replicate
---@return cbr.dr.Plan
function plan.make(list, given)
  local rule = given.method == "vault" and picks.since(-math.huge) or picks.rule(given.select)
  local state = survey.run(list, given, rule)
  local made = from_survey(state, replicas.read(state))
  for _, order in ipairs(made.orders) do
    made.missing[#made.missing + 1] = not order.trace and { d = order.d, size = order.items[1].entry.size } or nil
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
