--- The commands replicate, sync, wait and preflight.

local client_of = require "cbr_cli.client"
local exit_status = require "cbr_cli.exit_status"
local resume = require "cbr_cli.resume"
local options = require "cbr_cli.options"
local output = require "cbr_cli.output"
local progress = require "cbr_cli.progress"
local tables = require "cbr.util.tables"
local text_forms = require "cbr.util.text_forms"
local times = require "cbr_cli.times"

local NAME_OR_ID = "name or id"

local function add_destination(command, needed)
  command:option("--destination-region", "Region to copy to."):argname "<region>":count(needed)
  command:option("--destination-vault", "Destination vault: " .. NAME_OR_ID .. "."):argname "<vault>":count(needed)
  command:option("--destination-project", "Id of the destination project. Default: looked up.")
    :argname "<id>"
end

local function add_vault(command)
  command:option("--vault", "Vault: " .. NAME_OR_ID .. "."):argname "<vault>":count "1"
end

local function add_waiting(command)
  command:option("--timeout", "How long to wait, such as 90s, 15m, 6h or 2d."):argname "<time>"
    :convert(times.positive)
  command:option("--interval", "First pause between two polls, such as 5s."):argname "<time>":convert(times.positive)
end

local function add_order(command)
  command:flag("--wait", "Wait until the work has ended, and print a report.")
  command:flag("--dry-run", "Check the order without placing it.")
  command:option("--since", "If the order was placed at this time or later, use that order instead of placing "
    .. "another one. A time is 12h (ago), 2026-01-31T12:00:00Z, or seconds since 1970.")
    :argname "<time>":convert(times.past)
  add_waiting(command)
end

-- Returns the parameters of an order.
local function params_of(context)
  local args = context.args
  local params = { destination_region = args.destination_region, destination_project_id = args.destination_project }
  client_of.name_vault(params, "vault", args.vault)
  return client_of.name_vault(params, "destination_vault", args.destination_vault)
end

-- Prints a result: as one JSON object, or by calling `print_rows`.
local function print_result(context, result, print_rows)
  context.has_output = true
  if context.args.json then
    output.json(result)
  elseif not context.args.quiet then
    print_rows()
  end
end

local FINDINGS = {
  { "CODE", function(finding) return finding.code end }, { "ABOUT", function(finding) return finding.about end },
  { "PROBLEM", function(finding) return finding.message end, may_be_cut = true },
}

local function preflight(context)
  local params = params_of(context)
  if (context.args.destination_region == nil) ~= (context.args.destination_vault == nil) then
    exit_status.usage("give both '--destination-region' and '--destination-vault' to check a replication, "
      .. "or neither to check a sync")
  end
  local findings, err, unchecked = client_of.of(context):preflight(params)
  exit_status.result(findings, err)
  print_result(context, { findings = findings, unchecked = unchecked }, function()
    if #findings > 0 then
      output.rows(FINDINGS, findings)
    else
      output.write "no problem found\n"
    end
  end)
  for _, name in ipairs(not context.args.quiet and unchecked or {}) do
    output.error("not checked: " .. name)
  end
  return exit_status.of_findings(findings)
end

local ITEMS = {
  { "BACKUP", function(item) return item.backup_id end }, { "STATUS", function(item) return item.status end },
  { "CODE", function(item) return item.fail_code end },
  { "REASON", function(item) return item.fail_reason end, may_be_cut = true },
  { "COPY", function(item) return item.destination_backup_id end, is_optional = true },
}

local TASKS = {
  { "TASK", function(report) return report.operation_log_id or tostring(report.task and report.task.id or "-") end },
  { "STATUS", function(report) return report.status end },
  { "IMPORTED", function(report) return report.imported end },
  { "REMOVED", function(report) return report.removed end },
  { "NOT IMPORTED", function(report) return report.not_imported end },
}

local function write_report(report)
  for _, part in ipairs(report.parts or { report }) do
    if part.backups then
      local rows = tables.copy(part.backups)
      for _, left_out in ipairs(part.left_out or {}) do
        rows[#rows + 1] = { backup_id = left_out.backup_id, status = "left out", fail_reason = left_out.reason }
      end
      output.rows(ITEMS, rows)
    else
      output.rows(TASKS, { part })
    end
  end
end

-- Waits until orders have ended, and prints the report. `order` is nil if an earlier process placed the orders.
local function follow(context, started, order)
  local args = context.args
  local on_progress, finish = progress.new(args.quiet)
  local report, err = client_of.of(context):wait(started, {
    timeout = args.timeout, interval = args.interval, on_progress = on_progress,
  })
  finish()
  report = report or err.report
  local status = err and exit_status.of_wait(err)
  print_result(context, {
    order = order, report = report, error = err and output.error_fields(err) or nil,
    resume_command = status == exit_status.RUNNING and context.resume_command or nil,
  }, function()
    if report then
      write_report(report)
    end
  end)
  if err then
    exit_status.fail(err, status)
  end
  return exit_status.DONE
end

-- Returns the order that was placed since the time `--since`, if there is one.
local function find_earlier(context, operation, params)
  if not context.args.since then
    return nil
  end
  local order, err = client_of.of(context):find_order(operation, params, { since = context.args.since })
  if err then
    exit_status.fail(err, exit_status.UNKNOWN)
  end
  return order
end

local function write_order(order)
  if order.backups then
    output.rows({
      { "BACKUP", function(backup) return backup.backup_id end },
      { "RECORD", function(backup) return backup.replication_record_id end },
    }, order.backups)
  else
    output.rows({
      { "VAULT", function() return order.vault_id end }, { "TASK", function() return order.operation_log_id end },
    }, { order })
  end
end

local function place(operation)
  return function(context)
    if context.args.dry_run then
      return preflight(context)
    end
    local params, client = params_of(context), client_of.of(context)
    local order = find_earlier(context, operation, params)
    context.resume_command = resume.command(context.arguments, context.args.since or os.time(), true)
    context.interruption = "if the service accepted the order, the work continues"
    if not order then
      local err
      order, err = client[operation](client, params)
      if not order then
        exit_status.fail(err)
      end
    end
    context.interruption = nil
    if context.args.wait then
      return follow(context, order, order)
    end
    print_result(context, { order = order }, function() write_order(order) end)
    return exit_status.DONE
  end
end

-- Returns the order in the JSON that an earlier command printed, or the value itself. If the earlier command failed,
-- this command fails with the same error.
local function order_in(value)
  if type(value) ~= "table" then
    return value
  elseif type(value.order) == "table" then
    return value.order
  elseif type(value.error) == "table" then
    local words = "the order failed: " .. tostring(value.error.text or value.error.message)
    exit_status.fail(setmetatable(value.error, { __tostring = function() return words end }))
  elseif next(value) == nil then
    exit_status.usage "there is no order in the JSON"
  end
  return value
end

local function wait(context)
  local started = {}
  for i, given in ipairs(context.args.task) do
    started[i] = order_in(options.value(given))
    if type(started[i]) == "string" and not started[i]:find(text_forms.uuid.pattern) then
      exit_status.usage(("'%s' is not the id of a task"):format(given))
    end
  end
  context.resume_command = resume.command(context.arguments)
  local ok, status = pcall(follow, context, #started == 1 and started[1] or started)
  local misuse = not ok and type(status) == "string" and status:match "wait: .*$" -- leaves out the position
  if misuse then
    exit_status.usage(misuse)
  elseif not ok then
    error(status, 0)
  end
  return status
end

return {
  {
    name = "replicate", run = place "replicate",
    does = "Copy a vault's backups to another region, except the backups that are there already.",
    define = function(command)
      add_vault(command)
      add_destination(command, "1")
      add_order(command)
    end,
  },
  {
    name = "sync", run = place "sync", does = "Import new on-premises backups into a hybrid-cloud vault.",
    define = function(command)
      add_vault(command)
      add_order(command)
    end,
  },
  {
    name = "wait", run = wait, does = "Wait until tasks, or orders that were placed with --json, have ended.",
    define = function(command)
      command:argument("task", "Id of a task, or @file with the JSON of an order; @- reads the standard input.")
        :args "+":argname "<task>"
      add_waiting(command)
    end,
  },
  {
    name = "preflight", run = preflight,
    does = "Check whether a replicate (without a destination: a sync) would fail or do nothing.",
    define = function(command)
      add_vault(command)
      add_destination(command, "?")
    end,
  },
}
