-- Takes the new backups of a hybrid cloud into its vault: looks first, orders, follows it to the end, and says how many
-- were taken in.
--
-- Keys, project and region come from the environment, and so does the vault:
local params = { vault_id = os.getenv "HYBRID_VAULT_ID" }
local interval = tonumber(os.getenv "INTERVAL") -- seconds between two looks
--
-- Exit status: 0 all is there, 1 a call failed, 2 ordered and something failed, 3 the order would fail.

package.path = (arg[0]:match "^(.*/)" or "./") .. "?.lua;" .. package.path
local cbr = require "cbr"
local show = require "show"

local client, err = cbr.new()
if not client then
  show.stop(err, 1)
end

show.look_first(client, params)

local sync
sync, err = client:sync(params)
if not sync then
  show.stop(err, 1)
end
print(("sync of vault %s: task %s"):format(sync.vault_id, sync.operation_log_id))

local report
report, err = client:wait(sync, { interval = interval, on_progress = show.progress() })
report = report or err.report or show.stop(err, 1)
show.table({ "status", "taken in", "removed", "not taken in" }, {
  { report.status, report.imported, report.removed, report.not_imported },
})

client:close()
if err then
  show.stop(err, err.kind == "task" and 2 or 1)
end
