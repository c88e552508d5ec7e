-- A process of the campaign for dr.replicate. It makes the runs of a plan, with a file store. This process may be
-- killed at any time. The next process then resumes the runs that have not ended.
--
-- recovery_worker.lua <directory> <concurrency>
--
-- The directory has the file `plan`, with "<n> <vault>" in each line. This process adds the entries of the stores, its
-- process id, and a file `ended.<n>` for each run that has ended. The file `ended.<n>` has the number of rows of run n
-- for each status.

package.path = "examples/?.lua;" .. package.path

local cbr = require "cbr"
local dr = require "cbr.dr"
local file_store = require "stores.file"
local recovery = require "spec.helpers.recovery"
local support = require "spec.helpers.support"

local directory, concurrency = arg[1], tonumber(arg[2])

do
  local stat = assert(io.open "/proc/self/stat")
  local pid = stat:read "*n"
  stat:close()
  assert(file_store(directory).set("pid", ("%d\n"):format(pid)))
end

local client = recovery.client {
  timeout = 8, settle_time = 1, retry_pause = 0.05, max_response = 400000, endpoint = support.sandbox.plain,
  max_attempts = 6,
}
client.budget.left = math.huge -- the faults of the campaign would use up any retry budget

local store = file_store(directory)
local runs = {}
for line in io.lines(directory .. "/plan") do
  local n, vault = line:match "^(%d+) (%S+)$"
  if not store.get("ended." .. n) then
    runs[#runs + 1] = { n = n, vault = vault }
  end
end

local _, errors = cbr.map(runs, function(run)
  local report, err = dr.replicate(client, {
    vault_ids = { run.vault }, destinations = { recovery.destination }, select = { newest = 2 }, interval = 0.05,
    timeout = 60, store = store, run = "run_" .. run.n,
  })
  if not report then
    return nil, tostring(err)
  end
  local words = {}
  for name, count in pairs(report.totals) do
    words[#words + 1] = ("%s=%d"):format(name, count)
  end
  for _, row in ipairs(report.rows) do
    if row.reason == "error" then
      words[#words + 1] = "error: " .. row.message
    end
  end
  assert(store.set("ended." .. run.n, table.concat(words, " ") .. "\n"))
  return true
end, { concurrency = concurrency })

for _, problem in pairs(errors) do
  error(problem)
end
