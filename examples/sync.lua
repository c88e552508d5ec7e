-- Imports the new on-premises backups into a hybrid-cloud vault. The script checks the order in advance, places it,
-- shows the progress, and prints how many backups were imported.
--
-- Keys, project and region come from the environment (HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK, CBR_REGION …), and so
-- does the vault:
local params = { vault_id = os.getenv "HYBRID_VAULT_ID" }
local interval = tonumber(os.getenv "INTERVAL") -- seconds between two polls
--
-- Exit status: 0: no backup failed, or there was nothing to do; 1: a call failed; 2: a backup failed; 3: the check
-- found a problem, and nothing was ordered.

package.path = (arg[0]:match "^(.*/)" or "./") .. "?.lua;" .. package.path
local cbr = require "cbr"
local show = require "show"

local client = show.result(cbr.new())
show.findings(client:preflight(params))

local sync = show.result(client:sync(params))
print(("sync of vault %s: task %s"):format(sync.vault_id, sync.operation_log_id))

local report, err = client:wait(sync, { interval = interval, on_progress = show.progress() })
report = report or err.report or show.stop(err)
show.table({ "status", "imported", "removed", "not imported" }, {
  { report.status, report.imported, report.removed, report.not_imported },
})

client:close()
if err then
  show.stop(err)
end
