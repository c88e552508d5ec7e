--- Places one order of dr.replicate and follows it to its end, or resumes the order of an earlier process.

local clients = require "cbr.dr.clients"
local core = require "cbr.core"
local replica_source = require "cbr.dr.replica_source"
local service_codes = require "cbr.call.service_codes"
local status = require "cbr.objects.status"
local text = require "cbr.util.text"

local orders = {}

---@class cbr.dr.Run
---@field destinations table[]
---@field room cbr.dr.Room[]
---@field journal cbr.dr.Journal
---@field deadline number time on core.monotonic's clock
---@field is_over? boolean a wait has reached the deadline
---@field interval? number seconds between two polls
---@field blocked table<string, cbr.Error> key from `block_key` -> the error with which a destination rejects every
-- order for a type of vault
---@field on_change fun(row: table) is called after a row has changed

local function set_all(order, run, fields)
  for _, item in ipairs(order.items) do
    for name, value in pairs(fields) do
      item.row[name] = value
    end
    run.on_change(item.row)
  end
end

local function fields_of_error(err)
  return { message = text.line(err.message), error_kind = err.kind, error_code = err.code }
end

local function set_error(order, run, state, err)
  local fields = fields_of_error(err)
  fields.status = state
  set_all(order, run, fields)
end

local function params_of(order, run)
  local destination = run.destinations[order.d]
  local params = {
    destination_region = destination.region, destination_vault_id = destination.vault_id,
    destination_project_id = run.room[order.d].destination_project_id,
    cross_account_urn = destination.cross_account_urn,
  }
  if order.operation == "replicate" then
    params.vault_id = order.id
  else
    params.backup_id, params.description = order.id, replica_source.mark(order.id, order.items[1].backup.at)
  end
  return params
end

-- Returns the first argument of client:wait for the result of an order.
local function followed(order, run, result)
  local destination = run.destinations[order.d]
  local of_destination = { destination_region = destination.region, destination_vault_id = destination.vault_id }
  if order.operation == "replicate" then
    of_destination.vault_id, of_destination.backups = order.vault_id, result.backups
  else
    of_destination.backup_id, of_destination.replication_record_id = order.id, result.replication_record_id
  end
  return of_destination
end

-- Updates the rows of an order from the items of a wait.
local function update(order, run, items)
  local by_id = {}
  for _, item in ipairs(items or {}) do
    by_id[item.backup_id or ""] = item
  end
  for _, item in ipairs(order.items) do
    local shown, row = by_id[item.row.backup_id], item.row
    if shown then
      row.status = status.has_ended(shown.status) and shown.status or "in_progress"
      row.progress, row.replica_id = shown.progress, shown.destination_backup_id or row.replica_id
      row.error_code, row.message = shown.fail_code, shown.fail_reason
      run.on_change(row)
    end
  end
end

-- Waits for the end of an order, or for the deadline of the run. Returns whether the order has ended.
local function follow(order, run, result)
  local report, err = order.project.client:wait(followed(order, run, result), {
    timeout = math.max(run.deadline - core.monotonic(), 1), interval = run.interval,
    on_progress = function(progress)
      update(order, run, progress.items)
    end,
  })
  run.is_over = run.is_over or err ~= nil and err.kind == "timeout" and err.report ~= nil
  report = report or err.report or {}
  update(order, run, report.backups)
  for _, left_out in ipairs(err == nil and report.left_out or {}) do
    for _, item in ipairs(order.items) do
      if item.row.backup_id == left_out.backup_id then
        item.row.status, item.row.reason = "skipped", left_out.reason
      end
    end
  end
  local has_ended = true
  for _, item in ipairs(order.items) do
    if not status.has_ended(item.row.status) then
      item.row.status, has_ended = "in_progress", false
      for name, value in pairs(err and fields_of_error(err) or {}) do
        item.row[name] = value
      end
    end
    run.on_change(item.row)
  end
  return has_ended
end

-- Writes to the journal that an order has ended.
local function record_end(order, run, saved)
  local row = order.items[1].row
  saved.state, saved.status, saved.error_code, saved.message = "ended", row.status, row.error_code, row.message
  run.journal.write(order.id, run.destinations[order.d].region, saved)
end

-- Records and follows an order that the service has accepted.
local function accepted(order, run, saved, result)
  local region = run.destinations[order.d].region
  saved.state, saved.result = "ordered", followed(order, run, result)
  run.journal.write(order.id, region, saved)
  if follow(order, run, result) then
    record_end(order, run, saved)
  end
end

-- Handles the rejection `nothing_to_do`: either the backup is in the region already, or it is being copied. Follows a
-- copy in progress; otherwise sets the status `there`.
local function already_there(order, run, err)
  if order.operation == "replicate" then
    return set_error(order, run, "failed", err)
  end
  local backup = order.project.client:show_backup { backup_id = order.id }
  for _, replication in ipairs(backup and replica_source.records(backup) or {}) do
    if replica_source.leads_to(replication, run.destinations[order.d]) and not status.has_ended(replication.status) then
      follow(order, run, { replication_record_id = replication.record_id })
      return
    end
  end
  set_all(order, run, { status = "there", basis = "service" })
end

local function block_key(order)
  return ("%d %s"):format(order.d, tostring(order.items[1].backup.resource.vault.object_type))
end

-- Places an order, unless the deadline has passed.
local function place(order, run)
  local region, blocked = run.destinations[order.d].region, run.blocked[block_key(order)]
  if blocked then
    return set_error(order, run, "failed", blocked)
  elseif run.is_over or core.monotonic() >= run.deadline then
    return set_all(order, run, { status = "not_started", reason = "timeout" })
  end
  local saved = { state = "ordering", since = os.time() }
  run.journal.write(order.id, region, saved)
  local client = order.project.client
  local result, err = client[order.operation](client, params_of(order, run))
  if result then
    return accepted(order, run, saved, result)
  elseif err.outcome == "unknown" then
    -- the journal keeps the state `ordering`, so that the next process searches for the order
    return set_error(order, run, "unknown", err)
  elseif err.kind == "nothing_to_do" then
    already_there(order, run, err)
  else
    local meaning = service_codes.known[err.code] or {}
    run.blocked[block_key(order)] = meaning.blocks_destination and err or nil
    set_error(order, run, "failed", err)
  end
  saved.state, saved.status = "ended", "rejected"
  run.journal.write(order.id, region, saved)
end

-- Places an order although the journal has an entry for it: an earlier order was not accepted, or no longer counts. The
-- journal notes this first. So if the deadline has passed, the next process places the order at once. Otherwise, each
-- process that resumes a run with a short timeout could use up this time before it places the order.
local function place_again(order, run, saved)
  saved.state, saved.status = "ended", "not_started"
  run.journal.write(order.id, run.destinations[order.d].region, saved)
  place(order, run)
end

-- Whether the replica of a successful order is still available at the destination.
local function is_there(order, run)
  local there = clients.at(order.project.client, run.destinations[order.d])
  local id = order.items[1].row.replica_id
  local replica = there and id and there:show_backup { backup_id = id }
  return replica and replica.status == "available" or false
end

local HAS_RUN = { success = true, failed = true, skipped = true }

-- Resumes an order that an earlier process placed. The survey of the destination has found neither the
-- replica nor a copy in progress. So the order has ended since the survey, or its replica was deleted.
local function resume(order, run, saved)
  local is_of_this_run = saved.run == run.journal.run
  if not follow(order, run, saved.result) then
    return
  end
  local row = order.items[1].row
  if row.status == "success" and order.operation == "copy_backup" and not is_there(order, run) then
    if not is_of_this_run then
      return place_again(order, run, saved)
    end
    row.status, row.reason = "failed", "replica_is_gone"
  elseif row.status ~= "success" and not is_of_this_run then
    return place_again(order, run, saved)
  end
  record_end(order, run, saved)
end

-- Searches for an order whose response was not recorded. Places the order if it was not accepted.
local function search(order, run, saved)
  set_all(order, run, { status = "unknown" }) -- this status is kept until the search has ended
  local found, err = order.project.client:find_order(order.operation, params_of(order, run), { since = saved.since })
  if found then
    return accepted(order, run, saved, found)
  elseif found == false then
    return place_again(order, run, saved)
  end
  set_error(order, run, "unknown", err)
end

--- Runs an order to its end, or as far as the run's deadline allows.
---@param order cbr.dr.Order the rows of the order get their `status`
---@param run cbr.dr.Run
function orders.run(order, run)
  local saved = run.journal.read(order.id, run.destinations[order.d].region)
  if order.replication then
    local has_ended = follow(order, run, { replication_record_id = order.replication.record_id })
    if has_ended and saved and saved.state ~= "ended" then
      record_end(order, run, saved)
    end
    return
  end
  if not saved or saved.state == "ended" and not (saved.run == run.journal.run and HAS_RUN[saved.status]) then
    return place(order, run)
  elseif saved.state == "ended" then
    return set_all(order, run, {
      status = saved.status == "success" and "failed" or saved.status,
      reason = saved.status == "success" and "replica_is_gone" or "already_tried",
      error_code = saved.error_code, message = saved.message,
    })
  elseif saved.state == "ordered" then
    return resume(order, run, saved)
  end
  search(order, run, saved)
end

--- Records in the journal that orders of an earlier process have ended, because their copies are at the destination.
---@param present { id: string, d: integer }[] copies at a destination: id of the backup, index of the destination
---@param run cbr.dr.Run
function orders.record_present(present, run)
  for _, copy in ipairs(present) do
    local region = run.destinations[copy.d].region
    local saved = run.journal.read(copy.id, region)
    if saved and saved.state ~= "ended" then
      saved.state, saved.status = "ended", "success"
      run.journal.write(copy.id, region, saved)
    end
  end
end

return orders
