-- Imports the new on-premises backups into a hybrid-cloud vault, waits for the end, and reports by the exit status.
-- It is for a scheduler, which runs it every night.
--
-- Needs: cbr; a hybrid-cloud vault (Huawei Cloud only); credentials and CBR_REGION in the environment, or in a
--        profile; a directory that only its user can write to. Two runs at the same time could both place an order:
--        without_overlap.sh prevents that.
-- Run:   HYBRID_VAULT_ID=… STATE_DIRECTORY=/var/lib/cbr lua5.4 nightly_sync.lua
-- Try:   STATE_DIRECTORY=/tmp sandbox/run lua5.4 docs/recipes/nightly_sync.lua
--
-- Exit status: 0 all backups were imported, or there was nothing to do; 1 a call failed, or a backup was not
-- imported; 4 the order may have been accepted; 6 it was accepted and is still running. After 4 and 6, and after a
-- kill, the next run finds the order by the time in STATE_DIRECTORY, follows it, and places no second one.

local cbr = require "cbr"

local params = { vault_id = os.getenv "HYBRID_VAULT_ID" }
local directory = os.getenv "STATE_DIRECTORY" or "."
local timeout = tonumber(os.getenv "TIMEOUT") -- seconds; default: half an hour
local interval = tonumber(os.getenv "INTERVAL") -- seconds between two polls

local DONE, FAILED, UNKNOWN, RUNNING = 0, 1, 4, 6

local function stop(status, message)
  io.stderr:write(message, "\n")
  os.exit(status)
end

-- The file has the time of an order that has not ended yet, as far as this script knows.
local file_name = ("%s/cbr-sync-%s"):format(directory, tostring(params.vault_id))

local function read_time()
  local file = io.open(file_name)
  local time = file and file:read "*n"
  if file then
    file:close()
  end
  return time
end

-- The file must have the time before the order is sent. A file that is written only in part does not replace it.
local function write_time(time)
  local file, reason = io.open(file_name .. ".new", "w")
  local ok = file and file:write(("%d\n"):format(time))
  if file then
    ok = file:close() and ok and os.rename(file_name .. ".new", file_name)
  end
  if not ok then
    stop(FAILED, ("nothing was ordered: %s"):format(reason or file_name .. " cannot be written"))
  end
end

local client, err = cbr.new()
if not client then
  stop(FAILED, tostring(err))
end

-- Returns the order of an earlier run that has not ended; nil if there is none.
local function earlier_order()
  local since = read_time()
  if not since then
    return nil
  end
  local order, reason = client:find_order("sync", params, { since = since })
  if order == nil then -- `false` means that no such order was accepted
    stop(UNKNOWN, tostring(reason))
  end
  return order or nil
end

local function new_order()
  write_time(os.time())
  local order, reason = client:sync(params)
  if order then
    return order
  elseif reason.outcome == "unknown" then
    stop(UNKNOWN, tostring(reason))
  end
  os.remove(file_name)
  stop(reason.kind == "nothing_to_do" and DONE or FAILED, tostring(reason))
end

local order = earlier_order() or new_order()
local report, problem = client:wait(order, { timeout = timeout, interval = interval })
client:close()
if problem and problem.kind ~= "task" then -- the order goes on, and the next run follows it
  stop(problem.retryable and RUNNING or FAILED, tostring(problem))
end
os.remove(file_name)
report = report or problem.report or stop(FAILED, tostring(problem))
print(("vault %s: %d backups imported, %d removed, %d not imported"):format(order.vault_id, report.imported or 0,
  report.removed or 0, report.not_imported or 0))
if problem then
  stop(FAILED, tostring(problem))
end
