-- Open Telekom Cloud: copies the backups of a vault from eu-de to eu-nl, waits for the copies, and prints the result.
--
-- Needs: cbr; a replication vault in eu-nl; one of these in the environment:
--          OS_ACCESS_KEY and OS_SECRET_KEY              an access key (AK/SK)
--          OS_USERNAME, OS_PASSWORD, OS_USER_DOMAIN_NAME  a user; cbr makes tokens
--          OS_TOKEN and OS_PROJECT_ID                   a token of the project that has the vault
-- Run:   VAULT_ID=… DESTINATION_PROJECT_ID=… DESTINATION_VAULT_ID=… lua5.4 open_telekom_cloud.lua
--
-- What differs from Huawei Cloud:
--   * The regions are eu-de, eu-nl and eu-ch2. cbr knows the hosts of CBR and of IAM in them.
--   * A token is valid for one project only. It cannot read the copies in the other region. Therefore, with a
--     token, this recipe copies the whole vault by one order, which only eu-de accepts and reports on.
--   * The user guide says that a vault can be replicated to a region only once. Therefore, with an access key or
--     a user, this recipe copies single backups, which is possible whenever there are new backups.
--   * There are no replication records: cbr follows the tasks instead. There is no sync.
--
-- Exit status: 0 done, or there was nothing to do; 1 failed; 4 an order may have been accepted; 5 the vault has no
-- backup to copy; 6 still running. With an access key or a user, run this again after 4 and 6: no copy is ordered
-- twice.
-- With a token, look at the tasks of the vault first.

local cbr = require "cbr"
local dr = require "cbr.dr"

local vault_id = os.getenv "VAULT_ID"
local destination = {
  region = os.getenv "DESTINATION_REGION" or "eu-nl",
  project_id = os.getenv "DESTINATION_PROJECT_ID", -- default for a key or a user: the main project of the region
  vault_id = os.getenv "DESTINATION_VAULT_ID",
}
local newest = tonumber(os.getenv "NEWEST") or 1 -- how many of the newest backups of each resource to copy
local interval = tonumber(os.getenv "INTERVAL") -- seconds between two polls

local DONE, FAILED, UNKNOWN, NO_BACKUP, RUNNING = 0, 1, 4, 5, 6

local function stop(status, message)
  io.stderr:write(message, "\n")
  os.exit(status)
end

local function status_of(err)
  if err.outcome == "unknown" then
    return UNKNOWN
  elseif err.kind == "nothing_to_do" then
    return DONE
  end
  return err.reason == "no_backup" and NO_BACKUP or FAILED
end

local client, problem = cbr.new { region = os.getenv "OS_REGION_NAME" or "eu-de" }
if not client then
  stop(FAILED, tostring(problem))
end

-- Copies all backups of the vault by one order.
local function copy_vault()
  local order, err = client:replicate {
    vault_id = vault_id, destination_region = destination.region, destination_project_id = destination.project_id,
    destination_vault_id = destination.vault_id,
  }
  if not order then
    stop(status_of(err), tostring(err))
  end
  local report
  report, err = client:wait(order, { interval = interval })
  for _, backup in ipairs((report or err.report or { backups = {} }).backups) do
    print(backup.backup_id, backup.status, backup.fail_reason or "")
  end
  if err then
    stop(err.kind ~= "task" and err.retryable and RUNNING or FAILED, tostring(err))
  end
end

-- Copies the newest backups of each resource, except for backups that are at the destination already.
local function copy_backups()
  local report, err = dr.replicate(client, {
    vault_ids = { vault_id }, destinations = { destination }, select = { newest = newest }, interval = interval,
  })
  if not report then
    stop(FAILED, tostring(err))
  end
  print(dr.text(report))
  local totals = report.totals
  local function any(status)
    return (totals[status] or 0) > 0
  end
  if any "unknown" then
    stop(UNKNOWN, "a copy may have been ordered: run this again")
  elseif any "failed" or any "unread" or any "not_started" then
    stop(FAILED, "not all backups were copied")
  elseif totals.rows == 0 or totals.rows == totals.no_backup then
    stop(NO_BACKUP, "the vault has no backup to copy")
  elseif any "in_progress" then
    stop(RUNNING, "copies are still running")
  end
end

if os.getenv "OS_TOKEN" then
  copy_vault()
else
  copy_backups()
end
client:close()
