-- Replicates the backups of a vault to another region: looks first, orders, follows it to the end with progress, and
-- says what became of every backup.
--
-- Keys, project and region come from the environment (HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK, CBR_REGION …), the rest
-- from there as well:
local params = {
  vault_id = os.getenv "VAULT_ID",
  destination_project_id = os.getenv "DESTINATION_PROJECT_ID",
  destination_region = os.getenv "DESTINATION_REGION",
  destination_vault_id = os.getenv "DESTINATION_VAULT_ID",
}
local interval = tonumber(os.getenv "INTERVAL") -- seconds between two looks
--
-- Exit status: 0 all is there, 1 a call failed, 2 ordered and a backup failed, 3 the order would fail.

package.path = (arg[0]:match "^(.*/)" or "./") .. "?.lua;" .. package.path
local cbr = require "cbr"
local show = require "show"

local client, err = cbr.new()
if not client then
  show.stop(err, 1)
end

show.look_first(client, params)

local replication
replication, err = client:replicate(params)
if not replication then
  show.stop(err, 1)
end
print(("replication of vault %s (%s) to vault %s (%s): %d backups"):format(replication.vault_id,
  replication.source_region, replication.destination_vault_id, replication.destination_region, #replication.backups))

local report
report, err = client:wait(replication, { interval = interval, on_progress = show.progress() })
report = report or err.report or show.stop(err, 1)

local rows = {}
for i, backup in ipairs(report.backups) do
  rows[i] = { backup.backup_id, backup.status, backup.destination_backup_id, backup.fail_code, backup.fail_reason }
end
for _, backup in ipairs(report.left_out) do
  rows[#rows + 1] = { backup.backup_id, "left out", nil, nil, backup.reason }
end
show.table({ "backup", "status", "at the destination", "code", "reason" }, rows)

client:close()
if err then
  show.stop(err, err.kind == "task" and 2 or 1)
end
