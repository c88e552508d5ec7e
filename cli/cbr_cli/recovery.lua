--- The commands dr copies, dr replicate, dr unprotected and dr prune, which call the functions of cbr.dr.

local client_of = require "cbr_cli.client"
local dr = require "cbr.dr"
local exit_status = require "cbr_cli.exit_status"
local options = require "cbr_cli.options"
local output = require "cbr_cli.output"
local places = require "cbr_cli.places"
local resume = require "cbr_cli.resume"
local selection = require "cbr_cli.selection"
local store = require "cbr_cli.store"
local terminal = require "cbr_cli.terminal"
local times = require "cbr_cli.times"

local function add_format(command)
  command:flag("--prometheus", "Print metrics in the text format of Prometheus.")
end

-- Kind of a report -> the fields that are printed without a terminal, separated by tabs.
local FIELDS = {
  copies = { "resource_id", "resource_name", "vault_id", "destination_region", "verdict", "newest_backup_age",
    "replica_age", "lag", "reason", "message" },
  replicate = { "resource_id", "resource_name", "vault_id", "destination_region", "backup_id", "status", "reason",
    "message" },
  prune = { "resource_id", "resource_name", "replica_id", "replica_age", "action", "reason", "message" },
  unprotected = { "resource_id", "resource_name", "resource_type", "vault_id", "findings" },
}

local function write_lines(report)
  local columns = {}
  for i, field in ipairs(FIELDS[report.kind]) do
    columns[i] = { field, function(row)
      return type(row[field]) == "table" and table.concat(row[field], ",") or row[field]
    end }
  end
  output.rows(columns, report.rows)
  for _, unread in ipairs(report.kind == "unprotected" and report.unread or {}) do
    output.error(("The %s could not be read: %s"):format(unread.reason, unread.message))
  end
end

local function print_report(context, report)
  context.has_output = true
  if context.args.json then
    output.json(report)
  elseif context.args.prometheus then
    output.write(dr.prometheus(report))
  elseif context.args.quiet then
    return
  elseif terminal.is_output() then
    output.write(dr.text(report))
  else
    write_lines(report)
  end
end

local function copies(context)
  local clients, params = selection.read(context)
  params.rpo, params.lag = context.args.rpo, context.args.lag
  local report, err = dr.copies(clients, params)
  print_report(context, exit_status.result(report, err))
  return report.is_green and exit_status.DONE or exit_status.NOT_COMPLIANT
end

-- Returns the exit status of a run: the status of the worst row.
local function status_of_run(report)
  local totals = report.totals
  local function any(name)
    return (totals[name] or 0) > 0
  end
  if totals.rows == 0 then
    return exit_status.NOT_COMPLIANT
  elseif any "unknown" then
    return exit_status.UNKNOWN
  elseif any "failed" or any "unread" or any "not_started" then
    return exit_status.FAILED
  elseif any "in_progress" then
    return exit_status.RUNNING
  end
  return any "no_backup" and exit_status.NOT_COMPLIANT or exit_status.DONE
end

-- Returns the exit status of a dry run.
local function status_of_plan(report)
  if report.totals.rows == 0 then
    return exit_status.NOT_COMPLIANT
  end
  local has_room = true
  for _, room in ipairs(report.room) do
    has_room = has_room and room.has_room ~= false
  end
  if not has_room or (report.totals.unread or 0) > 0 then
    return exit_status.WOULD_FAIL
  end
  return (report.totals.no_backup or 0) > 0 and exit_status.NOT_COMPLIANT or exit_status.DONE
end

-- Returns a function that prints a line for each change of a copy; nil without a terminal, or with --quiet.
local function on_progress(context)
  if context.args.quiet or not terminal.is_errors() then
    return nil
  end
  local last
  return function(p)
    local row = p.row
    local words = row and ("%d of %d done: %s of %s: %s"):format(p.done, p.total,
      tostring(row.backup_name or row.backup_id), tostring(row.resource_name or row.resource_id), tostring(row.status))
    if words and words ~= last then
      output.error(words)
      last = words
    end
  end
end

local function replicate(context)
  local args = context.args
  if (args.per == nil) ~= (args.last == nil) then
    exit_status.usage "give '--per' and '--last' together, or neither of them"
  end
  local clients, params = selection.read(context, true)
  for _, name in ipairs { "dry_run", "timeout", "interval", "method", "concurrency" } do
    params[name] = args[name]
  end
  if args.newest or args.per or args.last or args.since then
    params.select = { newest = args.newest, per = args.per, last = args.last, since = args.since }
  end
  params.run = args.run_name
  params.store = args.store and not args.dry_run and store.open(args.store) or nil
  params.on_progress = not args.dry_run and on_progress(context) or nil
  context.resume_command = not args.dry_run and resume.command(context.arguments, args.since) or nil
  local report, err = dr.replicate(clients, params)
  print_report(context, exit_status.result(report, err))
  return (args.dry_run and status_of_plan or status_of_run)(report)
end

local function unprotected(context)
  local report, err = dr.unprotected(client_of.all_of(context), {
    types = #context.args.type > 0 and context.args.type or nil, since = context.args.since,
  })
  print_report(context, exit_status.result(report, err))
  return #report.rows + #report.unread == 0 and exit_status.DONE or exit_status.NOT_COMPLIANT
end

local function prune(context)
  local args = context.args
  if not (args.keep_last or args.keep_days or args.keep_weeks) then
    exit_status.usage "give '--keep-last', '--keep-days' or '--keep-weeks'"
  end
  local clients = client_of.all_of(context)
  local sources = {}
  for i, place in ipairs(places.of(args, "replica_sources", "--source-region")) do
    sources[i] = exit_status.result(clients[1]:for_region(place.region, place.project))
  end
  local ids = client_of.vault_ids(clients, args.vault)
  if #ids > 1 then
    exit_status.usage(("several vaults have the name '%s': %s"):format(args.vault, table.concat(ids, ", ")))
  end
  if args.yes then
    context.resume_command = resume.command(context.arguments)
    context.interruption = "some replicas may have been deleted"
  end
  local report, err = dr.prune(clients, {
    vault_id = ids[1], sources = #sources > 0 and sources or nil, dry_run = not args.yes,
    keep = { last = args.keep_last, days = args.keep_days, weeks = args.keep_weeks },
  })
  print_report(context, exit_status.result(report, err))
  return (report.totals.failed or 0) == 0 and exit_status.DONE or exit_status.FAILED
end

local function add_copies(command)
  selection.add(command, "Count only copies in this destination vault: name or id.")
  command:option("--rpo", "How old the newest copy may be, such as 26h."):argname "<time>":count "1"
    :convert(times.duration)
  command:option("--lag", "How long the newest backup may wait for its copy, such as 6h."):argname "<time>"
    :convert(times.duration)
  add_format(command)
end

local function add_replicate(command)
  selection.add(command, "Destination vault: name or id.")
  command:option("--newest", "How many of the newest backups of each resource to copy. Default: 1."):argname "<number>"
    :convert(options.count)
  command:option("--per", "Copy the newest backup of each day or week. --last is needed, too."):argname "<unit>"
    :choices { "day", "week" }
  command:option("--last", "Number of days or weeks."):argname "<number>":convert(options.count)
  command:option("--since", "Copy all backups since this time: 3d (ago), 2026-01-31 or 2026-01-31T12:00:00Z.")
    :argname "<time>":convert(times.past)
  command:option("--method", "Copy backup by backup, or whole vaults."):argname "<method>":choices { "backup", "vault" }
  command:option("--concurrency", "Maximum number of copies in progress."):argname "<number>":convert(options.count)
  command:option("--timeout", "How long to wait, such as 6h."):argname "<time>":convert(times.positive)
  command:option("--interval", "First pause between two polls, such as 5s."):argname "<time>":convert(times.positive)
  command:option("--store", "Directory for the state of the run, so that another process can resume the run.")
    :argname "<directory>"
  command:option("--run", "Name of the run in the store. Concurrent runs need different names.")
    :argname "<name>":target "run_name"
  command:flag("--dry-run", "Show the plan without ordering anything.")
  add_format(command)
end

local function add_prune(command)
  command:option("--vault", "Vault with the replicas: name or id."):argname "<vault>":count "1"
  command:option("--keep-last", "How many of the newest replicas of each resource to keep."):argname "<number>"
    :convert(options.count)
  command:option("--keep-days", "For how many days to keep the newest replica of each day."):argname "<number>"
    :convert(options.count)
  command:option("--keep-weeks", "For how many weeks to keep the newest replica of each week."):argname "<number>"
    :convert(options.count)
  places.define(command, "replica_sources", {
    { option = "--source-region", field = "region", argname = "<region>", count = "*",
      help = "Region to search for the sources of more replicas. The option can be repeated." },
    { option = "--source-project", field = "project", argname = "<id>", count = "*",
      help = "Id of the project in the region before this option. Default: looked up." },
  })
  command:flag("--yes", "Delete the replicas. Without --yes, only show the plan.")
  add_format(command)
end

local function add_unprotected(command)
  command:option("--type", "Type of resource, such as server. The option can be repeated."):argname "<type>"
    :count "*"
  command:option("--since", "How far back to search for failed backups: 7d, or a time."):argname "<time>"
    :convert(times.back)
  add_format(command)
end

return {
  {
    name = "dr", does = "Disaster recovery: check, make and delete copies in another region.",
    commands = {
      { name = "copies", does = "Report how old the newest copy of each resource is.", run = copies,
        define = add_copies,
        has_many_projects = true },
      { name = "replicate", does = "Make the missing copies, and wait until they have ended.", run = replicate,
        define = add_replicate,
        has_many_projects = true },
      { name = "unprotected", does = "Find resources that are not protected.", run = unprotected,
        define = add_unprotected,
        has_many_projects = true },
      { name = "prune", does = "Delete old replicas by a rule. --region is the region of the replicas.", run = prune,
        define = add_prune,
        has_many_projects = true },
    },
  },
}
