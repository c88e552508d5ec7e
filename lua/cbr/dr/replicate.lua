--- dr.replicate: makes the copies that are missing at the destinations, and waits until these copies have ended.

local clients = require "cbr.dr.clients"
local input = require "cbr.dr.input"
local json = require "cbr.util.json"
local plan = require "cbr.dr.plan"
local rows = require "cbr.dr.rows"
local run_orders = require "cbr.dr.run_orders"

-- A report is green if all of its statuses are among these. So backups that cannot be copied are tolerated.
local GREEN = { there = true, success = true, not_replicable = true }

local function report_of(made, given, problem)
  local names = {}
  for name in pairs(plan.statuses) do
    names[#names + 1] = name
  end
  local report = rows.report("replicate", given.at, made.rows)
  report.dry_run, report.room, report.store_problem = given.dry_run == true, json.list(made.rooms), problem
  report.totals = rows.totals(made.rows, "status", names)
  report.is_green = report.totals.there + report.totals.success > 0
  for _, row in ipairs(made.rows) do
    report.is_green = report.is_green and GREEN[row.status] == true
  end
  return report
end

--- Copies the selected backups of each resource to each destination that lacks them. The newest backups are copied
-- first, and at most `concurrency` copies are in progress at a time. Each copy is ordered at most once. With `dry_run`
-- nothing is copied, and the plan is returned.
---@param client cbr.Client|cbr.Client[] clients of the projects that hold the vaults
---@param params cbr.dr.params.replicate
---@return cbr.dr.ReplicateReport? report a row for each selected backup and destination, also in a dry run
---@return cbr.Error? err kind `argument` or `config`
return function(client, params)
  local list = clients.list("dr.replicate", client, 4)
  local given, err = input.read("replicate", params, 4)
  if not given then
    return nil, err
  end
  given.method = given.method or "backup"
  local made = plan.make(list, given)
  local problem
  if not given.dry_run then
    problem, err = run_orders(made, given)
    if err then
      return nil, err
    end
  end
  return report_of(made, given, problem)
end
