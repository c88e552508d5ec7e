-- Disaster recovery for a project: copies the newest backup of each resource to another region if it is not there
-- yet, reports how old the copies are, and writes an alert if a resource has no copy that is recent enough.
--
-- Needs: cbr; a replication vault in the other region; credentials and CBR_REGION in the environment, or in a
--        profile.
-- Run:   VAULT_PREFIX=prod_ DESTINATION_REGION=cn-east-3 DESTINATION_VAULT_ID=… lua5.4 cross_region_dr.lua
--        With DRY_RUN=1 it copies nothing: it shows what it would copy, and the report.
-- Try:   VAULT_PREFIX=single sandbox/run lua5.4 docs/recipes/cross_region_dr.lua
--
-- The report goes to the standard output, the alert to the standard error. So this sends a mail only for an alert:
--        lua5.4 cross_region_dr.lua 2>alert.txt || mail -s "Backup copies" ops@example.com <alert.txt
--
-- Exit status: 0 every resource has a copy that is recent enough; 1 a call or a copy failed; 4 a copy may have been
-- ordered; 5 a resource has no recent copy; 6 copies are still running. Run the script again in every case: it follows
-- copies in progress, and does not order them again.

local cbr = require "cbr"
local dr = require "cbr.dr"

local prefix = os.getenv "VAULT_PREFIX" -- beginning of the vaults' names; default: all vaults of the project
local destination = {
  region = os.getenv "DESTINATION_REGION",
  project_id = os.getenv "DESTINATION_PROJECT_ID", -- default: the main project of the region
  vault_id = os.getenv "DESTINATION_VAULT_ID",
}
local rpo = os.getenv "RPO" or "26h" -- how old the newest copy may be
local timeout = os.getenv "TIMEOUT" or "6h" -- how long to wait for the copies
local interval = tonumber(os.getenv "INTERVAL") -- seconds between two polls
local is_dry_run = os.getenv "DRY_RUN" == "1"

local DONE, FAILED, UNKNOWN, NOT_COMPLIANT, RUNNING = 0, 1, 4, 5, 6

-- Returns the result of a call, or ends the script with its error.
local function result(value, err)
  if not value then
    io.stderr:write("ALERT: the backup copies could not be checked: ", tostring(err), "\n")
    os.exit(FAILED)
  end
  return value
end

local function params_with(more)
  more.name_prefix, more.all, more.destinations = prefix, not prefix or nil, { destination }
  return more
end

local client = result(cbr.new())
local copied = result(dr.replicate(client, params_with {
  dry_run = is_dry_run, timeout = timeout, interval = interval,
  on_progress = function(progress)
    local row = progress.row
    if row and row.status ~= "in_progress" then
      print(("%d of %d done: %s of %s: %s"):format(progress.done, progress.total, tostring(row.backup_name),
        tostring(row.resource_name), row.status))
    end
  end,
}))
print(dr.text(copied))
local report = result(dr.copies(client, params_with { rpo = rpo }))
print(dr.text(report))
client:close()

-- Verdicts and statuses that need no alert. `missing` is a row of a dry run.
local GOOD = {
  compliant = true, not_replicable = true, success = true, there = true, in_progress = true, missing = true,
}

-- Adds a line to the alert for each row that is not good.
local function add_rows(lines, rows, field)
  for _, row in ipairs(rows) do
    if not GOOD[row[field]] then
      local what = row.resource_id and ("%s in vault %s"):format(row.resource_name or row.resource_id,
        row.vault_name or row.vault_id) or "project " .. row.project_id
      lines[#lines + 1] = ("  %s: %s %s"):format(what, row[field], row.message or row.reason or "")
    end
  end
end

local totals, lines = copied.totals, {}
add_rows(lines, copied.rows, "status")
if report.totals.rows == 0 then
  lines[#lines + 1] = "there is no resource with a backup in these vaults"
elseif not report.is_green then
  lines[#lines + 1] = ("%d of %d resources have a copy in %s that is at most %s old. The others:"):format(
    report.totals.compliant or 0, report.totals.rows, destination.region, rpo)
  add_rows(lines, report.rows, "verdict")
end
if #lines > 0 then
  io.stderr:write("ALERT: backup copies are missing, old or uncertain\n", table.concat(lines, "\n"), "\n")
end

local function any(status)
  return (totals[status] or 0) > 0
end

if any "unknown" then
  os.exit(UNKNOWN)
elseif any "failed" or any "unread" or any "not_started" then
  os.exit(FAILED)
elseif not report.is_green then
  os.exit(NOT_COMPLIANT)
end
os.exit(any "in_progress" and RUNNING or DONE)
