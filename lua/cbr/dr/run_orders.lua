--- Runs the orders of a plan concurrently, records them in the caller's store, and reports progress to `on_progress`.

local core = require "cbr.core"
local errors = require "cbr.errors"
local journal = require "cbr.dr.journal"
local orders = require "cbr.dr.orders"
local side_by_side = require "cbr.dr.side_by_side"
local text = require "cbr.util.text"

-- The default of `timeout`, for all orders of a run together. A single order has no timeout of its own, so the default
-- timeout of client:wait does not apply, although it has the same length.
local TIMEOUT_SECONDS = 6 * 3600

-- Returns a function that calls `on_progress` for a row if its status or progress has changed.
local function change_reporter(total, given)
  local done, last = 0, {}
  return function(row)
    local state = ("%s %s"):format(row.status, tostring(row.progress))
    if last[row] ~= state then
      local is_open = row.status == "in_progress" or row.status == "missing"
      local was_open = not last[row] or last[row]:find "^in_progress" or last[row]:find "^missing"
      done, last[row] = done + (was_open and not is_open and 1 or 0), state
      if given.on_progress then
        given.on_progress { phase = "copies", done = done, total = total, row = row }
      end
    end
  end
end

-- Splits the orders into lists that run one after the other. With method = "vault", copies in progress come first,
-- because the service rejects an order for a vault while a backup of the vault is being copied.
local function parts_of(list, method)
  if method ~= "vault" then
    return { list }
  end
  local parts = { {}, {} }
  for _, order in ipairs(list) do
    table.insert(parts[order.replication and 1 or 2], order)
  end
  return parts
end

-- Runs orders concurrently. If an order raises an error, for example in the caller's store, the rows of that order get
-- the error, and the other orders continue.
local function run_part(part, run, concurrency)
  local raised = side_by_side.try(part, concurrency, function(order)
    orders.run(order, run)
  end)
  for i, problem in pairs(raised) do
    for _, item in ipairs(part[i].items) do
      local row = item.row
      row.status = row.status == "missing" and "not_started" or row.status
      row.reason, row.message = "error", text.line(tostring(problem), 500)
    end
  end
end

-- Runs `fn`. If `fn` raises an error, returns this error as a text; otherwise, returns nil.
local function problem_of(fn)
  local problem = side_by_side.try({ true }, 1, fn)[1]
  return problem ~= nil and text.line(tostring(problem), 500) or nil
end

-- Statuses that mean that a run is incomplete, so that the next call resumes the run.
local OPEN = { in_progress = true, not_started = true, unknown = true }

local function is_complete(made)
  for _, order in ipairs(made.orders) do
    for _, item in ipairs(order.items) do
      if OPEN[item.row.status] then
        return false
      end
    end
  end
  return true
end

--- Runs the orders of a plan. The rows of the plan get their status.
---@param made cbr.dr.Plan
---@param given table the parameters of dr.replicate
---@return string? problem the store failed when the end of the run was written
---@return cbr.Error? err the store failed before any order
return function(made, given)
  local total, run = 0, nil
  for _, order in ipairs(made.orders) do
    total = total + #order.items
  end
  local problem = problem_of(function()
    run = {
      destinations = given.destinations, room = made.rooms, blocked = {},
      journal = journal.open(given.store, given.run), interval = given.interval,
      on_change = change_reporter(total, given),
    }
    orders.record_present(made.present, run)
    run.deadline = core.monotonic() + (given.timeout or TIMEOUT_SECONDS)
  end)
  if problem then
    return nil, errors.new({ kind = "config", message = problem }, { operation = "dr.replicate" })
  end
  for _, part in ipairs(parts_of(made.orders, given.method)) do
    run_part(part, run, given.concurrency)
  end
  return not given.keep_open and is_complete(made) and problem_of(run.journal.close) or nil
end
