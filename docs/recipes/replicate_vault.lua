-- Copies all backups of one vault that another region does not have yet, waits for the copies, and prints the result
-- of each backup.
--
-- Needs: cbr; a replication vault in the other region; credentials and CBR_REGION in the environment, or in a
--        profile.
-- Run:   VAULT_ID=… DESTINATION_REGION=cn-east-3 DESTINATION_VAULT_ID=… lua5.4 replicate_vault.lua
-- Try:   sandbox/run lua5.4 docs/recipes/replicate_vault.lua
--
-- Exit status: 0 done, or there was nothing to do; 1 a call or a backup failed; 3 the service would reject the order;
-- 4 the order may have been accepted; 5 the vault has no backup to copy; 6 the order was accepted and is still
-- running. After 4 and 6, and after a kill, run it with SINCE=<time of the first run>: it then searches for that
-- order before it places another one.

local cbr = require "cbr"

local params = {
  vault_id = os.getenv "VAULT_ID",
  destination_region = os.getenv "DESTINATION_REGION",
  destination_project_id = os.getenv "DESTINATION_PROJECT_ID", -- default: the main project of the region
  destination_vault_id = os.getenv "DESTINATION_VAULT_ID",
}
local since = tonumber(os.getenv "SINCE") -- seconds since 1970
local interval = tonumber(os.getenv "INTERVAL") -- seconds between two polls

local DONE, FAILED, WOULD_FAIL, UNKNOWN, NO_BACKUP, RUNNING = 0, 1, 3, 4, 5, 6

local function stop(status, ...)
  io.stderr:write(table.concat({ ... }, "\n"), "\n")
  os.exit(status)
end

-- The exit status for an error or a finding.
local function status_of(problem, otherwise)
  if problem.outcome == "unknown" then
    return UNKNOWN
  elseif problem.kind == "nothing_to_do" then
    return DONE
  end
  return problem.reason == "no_backup" and NO_BACKUP or otherwise
end

local client, err = cbr.new()
if not client then
  stop(FAILED, tostring(err))
end

-- Ends the script if the service would reject the order. The check only reads.
local function check()
  local findings, problem, unchecked = client:preflight(params)
  if not findings then
    stop(FAILED, tostring(problem))
  end
  for _, what in ipairs(unchecked) do
    io.stderr:write("not checked: ", what, "\n")
  end
  local lines = {}
  for i, finding in ipairs(findings) do
    lines[i] = finding.code .. ": " .. finding.message
  end
  if #findings > 0 then
    stop(#findings == 1 and status_of(findings[1], WOULD_FAIL) or WOULD_FAIL, table.concat(lines, "\n"))
  end
end

-- Places the order. Returns the result of `client:replicate`.
local function place()
  check()
  local started = os.time()
  local order, problem = client:replicate(params)
  if order then
    return order
  end
  local status = status_of(problem, FAILED)
  stop(status, tostring(problem), status == UNKNOWN and ("To resume: SINCE=%d"):format(started) or nil)
end

local order
if since then
  order, err = client:find_order("replicate", params, { since = since })
  if order == nil then -- `false` means that no such order was accepted
    stop(UNKNOWN, tostring(err))
  end
end
order = order or place()
print(("%d backups are copied to vault %s in %s"):format(#order.backups, order.destination_vault_id,
  order.destination_region))

local last
local report, problem = client:wait(order, {
  interval = interval,
  on_progress = function(p)
    local line = ("%3.0f %%  %d of %d done, %d failed"):format(p.percent, p.done, p.total, p.failed)
    if line ~= last then
      print(line)
      last = line
    end
  end,
})
report = report or problem.report or stop(FAILED, tostring(problem))
for _, backup in ipairs(report.backups) do
  print(backup.backup_id, backup.status, backup.destination_backup_id or backup.fail_code or "-",
    backup.fail_reason or "")
end
for _, backup in ipairs(report.left_out) do
  print(backup.backup_id, "left out", "-", backup.reason)
end
client:close()
if problem then
  stop(problem.kind ~= "task" and problem.retryable and RUNNING or FAILED, tostring(problem))
end
