-- Replicates the backups of a vault to another region. The script checks the order in advance, places it, shows the
-- progress, and prints the result for each backup.
--
-- Keys, project and region come from the environment (HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK, CBR_REGION …), and so do
-- the parameters:
local params = {
  vault_id = os.getenv "VAULT_ID",
  destination_project_id = os.getenv "DESTINATION_PROJECT_ID",
  destination_region = os.getenv "DESTINATION_REGION",
  destination_vault_id = os.getenv "DESTINATION_VAULT_ID",
}
local interval = tonumber(os.getenv "INTERVAL") -- seconds between two polls
--
-- Exit status: 0: no backup failed, or there was nothing to do; 1: a call failed; 2: a backup failed; 3: the check
-- found a problem, and nothing was ordered; 5: the vault has no backup to copy, and nothing was ordered.

package.path = (arg[0]:match "^(.*/)" or "./") .. "?.lua;" .. package.path
local cbr = require "cbr"
local show = require "show"

local client = show.result(cbr.new())
show.findings(client:preflight(params))

local replication = show.result(client:replicate(params))
print(("replication of vault %s (%s) to vault %s (%s): %d backups"):format(replication.vault_id,
  replication.source_region, replication.destination_vault_id, replication.destination_region, #replication.backups))

local report, err = client:wait(replication, { interval = interval, on_progress = show.progress() })
report = report or err.report or show.stop(err)

local rows = {}
for i, backup in ipairs(report.backups) do
  rows[i] = { backup.backup_id, backup.status, backup.destination_backup_id, backup.fail_code, backup.fail_reason }
end
for _, backup in ipairs(report.left_out) do
  rows[#rows + 1] = { backup.backup_id, "left out", nil, nil, backup.reason }
end
show.table({ "backup", "status", "destination backup", "code", "reason" }, rows)

client:close()
if err then
  show.stop(err)
end
