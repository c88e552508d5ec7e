-- This campaign makes many runs of dr.replicate under random faults, in processes that are killed at random times. Then
-- it makes runs without faults, deletes some replicas, and makes runs without faults again. At last it prunes under
-- faults. It checks that no copy is ordered twice, and that no prune deletes the newest good replica of a resource.
--
--   tools/with_lua 5.4 lua5.4 spec/campaign/recovery_run.lua --runs 2000 [--seed 7] [--batch 50] [--kills 8]
--     [--concurrency 16]
--
-- The sandbox accepts duplicate orders (quirk `accepts_duplicates`), so that only the client can prevent them. A batch
-- of `batch` runs shares the vaults of one sandbox, and about `kills` processes are killed in each batch. The exit
-- status is 1 if a check failed.

local cbr = require "cbr"
local chaos = require "spec.campaign.chaos"
local dr = require "cbr.dr"
local recovery = require "spec.helpers.recovery"
local sandbox = require "sandbox.control"
local socket = require "socket"
local support = require "spec.helpers.support"

local options = { runs = 100, seed = os.time() % 100000, batch = 50, kills = 8, concurrency = 16 }
for i = 1, #arg, 2 do
  local name = arg[i]:match "^%-%-(%l+)$"
  if not options[name] or not tonumber(arg[i + 1]) then
    io.stderr:write "usage: recovery_run.lua [--runs|--seed|--batch|--kills|--concurrency N]...\n"
    os.exit(2)
  end
  options[name] = tonumber(arg[i + 1])
end
math.randomseed(options.seed)

local HOUR = recovery.HOUR
local BATCH_SECONDS = 180 -- the maximum time for the runs of a batch
local SHARE_OF_ORDERS, SHARE_OF_READS = 0.4, 0.08 -- these shares of the orders and of the reads get a fault
-- A fault that hides an accepted order for a while. If the process is killed in that time, the next process cannot see
-- the order yet.
local LATE = {}
for i = 1, 12 do
  LATE[i] = {
    fault = "slow_headers", seconds = 2, label = "slow, visible late",
    quirks = { late_records = 0.8 * chaos.TIME_SCALE, late_tasks = 0.8 * chaos.TIME_SCALE },
  }
end
local RESULTS = {
  { status = "success" }, { status = "success" }, { status = "success" }, { status = "fail" }, { status = "skip" },
}

local sum = {
  runs = 0, kills = 0, orders = 0, faulted = 0, again = 0, deleted = 0, pruned = 0, statuses = {}, violations = {},
}

local function violation(...)
  sum.violations[#sum.violations + 1] = (...):format(select(2, ...))
end

local function any(list)
  return list[math.random(#list)]
end

-- Makes the vaults and backups of a batch. Returns the vaults, and the backups by id.
local function make_vaults(count, number)
  recovery.reset()
  sandbox.time_scale(chaos.TIME_SCALE)
  sandbox.quirks {
    accepts_duplicates = true, replica_stamps = recovery.stamps[number % 3 + 1], records = number % 4 ~= 3,
    vault_once_per_region = number % 2 == 0,
  }
  local vaults, backups = {}, {}
  for n = 1, count do
    vaults[n] = recovery.vault(("campaign_%d"):format(n))
    for resource = 1, math.random(3) do
      for _ = 1, math.random(2) do
        local result = any(RESULTS)
        local id = recovery.backup(vaults[n], ("r_%d_%d"):format(n, resource), math.random(1, 40) * HOUR, {
          replication_result = result,
        })
        backups[id] = { result = result.status, vault = vaults[n] }
      end
    end
  end
  return vaults, backups
end

local function status_of(directory)
  local file = io.open(directory .. "/status")
  local status = file and file:read "*n"
  if file then
    file:close()
  end
  return status
end

local function start(directory)
  os.remove(directory .. "/status")
  os.remove(directory .. "/pid")
  os.execute(("{ %s spec/campaign/recovery_worker.lua %s %d; echo $? >%s/status; } 2>>%s/errors &"):format(
    os.getenv "CBR_LUA" or "lua5.4", directory, options.concurrency, directory, directory))
end

local kill_times = {} -- times of the kills in the current batch

local function kill(directory)
  local file = io.open(directory .. "/pid")
  local pid = file and file:read "*n"
  if file then
    file:close()
  end
  if pid then
    os.execute(("kill -KILL %d 2>/dev/null"):format(pid))
    sum.kills = sum.kills + 1
    kill_times[#kill_times + 1] = socket.gettime()
  end
end

-- Starts processes, and kills some of them, until all runs of a batch have ended.
local function run_processes(directory, kills)
  local deadline = socket.gettime() + BATCH_SECONDS
  local next_kill = socket.gettime() + 0.3 + math.random()
  start(directory)
  while true do
    socket.sleep(0.02)
    local status = status_of(directory)
    if status == 0 then
      return
    elseif status == 137 then
      start(directory)
    elseif status then
      return violation("a process ended with status %d: %s", status, support.run("tail -5 " .. directory .. "/errors"))
    elseif socket.gettime() > deadline then
      kill(directory)
      return violation("the runs of a batch did not end within %d seconds", BATCH_SECONDS)
    elseif kills > 0 and socket.gettime() >= next_kill then
      kill(directory)
      kills, next_kill = kills - 1, socket.gettime() + 0.3 + 0.7 * math.random()
    end
  end
end

local function count_faults()
  for _, request in ipairs(sandbox.requests()) do
    sum.faulted = sum.faulted + (type(request.fault) == "string" and 1 or 0)
  end
  sandbox.clear_requests()
end

local checked_orders -- number of entries of the ledger that were counted before

-- Counts the orders of each backup that the service has accepted since the last call of this function.
local function new_orders()
  local ledger, orders = sandbox.ledger(), {}
  for n = checked_orders + 1, #ledger do
    local id = ledger[n].made[1].backup_id
    orders[id] = (orders[id] or 0) + 1
    sum.orders = sum.orders + 1
  end
  checked_orders = #ledger
  return orders
end

local function add_statuses(directory, count)
  for n = 1, count do
    local text = support.read(("%s/ended.%d"):format(directory, n))
    sum.runs = sum.runs + 1
    for name, number in text:gmatch "([%w_]+)=(%d+)" do
      sum.statuses[name] = (sum.statuses[name] or 0) + tonumber(number)
    end
    if text:find "error: " then
      violation("run %d: %s", n, text)
    end
  end
end

local function replicate(client, vaults)
  return cbr.assert(dr.replicate(client, {
    vault_ids = vaults, destinations = { recovery.destination }, select = { newest = 2 }, interval = 0.02,
    at = math.floor(recovery.now()),
  }))
end

-- Describes the orders of a backup, for the message of a violation.
local function history(id, directory)
  local words = {}
  for _, entry in ipairs(sandbox.ledger()) do
    if entry.made[1].backup_id == id then
      words[#words + 1] = ("accepted at %.3f"):format(entry.time)
    end
  end
  words[#words + 1] = support.run(("cat %s/cbr-dr.1.order.%s.*"):format(directory, id))
  for n, time in ipairs(kill_times) do
    words[#words + 1] = ("kill %d at %.3f"):format(n, time)
  end
  return table.concat(words, "; ")
end

-- Checks the orders of the runs under faults, and of more runs that this function makes without faults. No run may
-- order an existing copy, or order a missing copy twice.
local function check_runs(client, there, vaults, backups, directory)
  local copied = {}
  local first = new_orders()
  for id, count in pairs(first) do
    -- If a process is killed after it has closed a run in the store, and before it has written `ended.<n>`, the next
    -- process begins a new run, which orders failed copies again.
    if count > (backups[id].result == "success" and 1 or 2) then
      violation("%d orders for backup %s (%s) in one run: %s", count, id, backups[id].result, history(id, directory))
    end
    copied[id] = backups[id].result == "success" or nil
  end
  local function check(words)
    for id, count in pairs(new_orders()) do
      sum.again = sum.again + 1
      if count > 1 or copied[id] then
        violation("%s placed %d unexpected orders for backup %s (already copied: %s)", words, count, id,
          tostring(copied[id]))
      end
      copied[id] = backups[id].result == "success" or nil
    end
  end
  replicate(client, vaults)
  check "a run after the faults"
  for id, backup in pairs(backups) do
    backup.result = "success"
    sandbox.patch { backups = { [id] = { replication_result = { status = "success" } } } }
  end
  local report = replicate(client, vaults)
  check "a run in which nothing fails"
  for _, row in ipairs(report.rows) do
    if row.status ~= "there" and row.status ~= "success" then
      violation("without failures, a copy is %s: %s", row.status, tostring(row.message or row.reason))
    elseif math.random(6) == 1 then
      sum.deleted = sum.deleted + 1
      recovery.delete(there, row.replica_id)
      copied[row.backup_id] = nil
    end
  end
  if not replicate(client, vaults).is_green then
    violation "a run after deletions is not green"
  end
  check "a run after deletions"
  local before = checked_orders
  report = replicate(client, vaults)
  new_orders()
  if not report.is_green or checked_orders ~= before then
    violation("after a run in which all copies succeeded, the next run ordered %d copies", checked_orders - before)
  end
  return report
end

-- Makes prunes under faults, and checks that each resource keeps its newest copy.
local function check_prunes(client, there, report)
  local newest = {} -- the newest copies of each resource; at least one of these copies must be left
  for _, row in ipairs(report.rows) do
    local best = newest[row.resource_id]
    if not best or best[1].backup_at < row.backup_at then
      newest[row.resource_id] = { row }
    elseif best[1].backup_at == row.backup_at then
      table.insert(best, row)
    end
  end
  chaos.arm({ "delete_backup", "show_backup", "list_backups", "show_vault" }, 0.2, { chaos.ANYWHERE })
  for _ = 1, 3 do
    local keep = { [any { "last", "days", "weeks" }] = math.random(2) }
    local pruned = dr.prune(there, {
      vault_id = recovery.destination.vault_id, keep = keep, dry_run = false, at = math.floor(recovery.now()),
      sources = math.random(2) == 1 and client or nil,
    })
    sum.pruned = sum.pruned + (pruned and pruned.totals.deleted or 0)
    recovery.forward(60)
  end
  sandbox.clear_faults()
  local left = {}
  for _, replica in ipairs(cbr.assert(there:list_backups { vault_id = recovery.destination.vault_id,
    limit = 1000 }).backups) do
    left[replica.id] = replica.status
  end
  for resource, list in pairs(newest) do
    local is_left = false
    for _, row in ipairs(list) do
      is_left = is_left or left[row.replica_id] == "available"
    end
    if not is_left then
      violation("a prune has deleted the last good copy of %s", resource)
    end
  end
end

local function run_batch(count, number)
  local vaults, backups = make_vaults(count, number)
  local directory = support.run("mktemp -d"):match "%S+"
  local plan = assert(io.open(directory .. "/plan", "w"))
  for n, vault in ipairs(vaults) do
    plan:write(("%d %s\n"):format(n, vault))
  end
  plan:close()
  checked_orders, kill_times = 0, {}
  chaos.arm({ "copy_backup" }, SHARE_OF_ORDERS, { chaos.ANYWHERE, chaos.ON_ORDERS, LATE })
  chaos.arm({ "list_backups", "list_op_logs", "show_backup", "show_vault" }, SHARE_OF_READS, { chaos.ANYWHERE })
  run_processes(directory, options.kills)
  sandbox.clear_faults()
  socket.sleep(chaos.LATEST_SECONDS)
  count_faults()
  local ok, problem = pcall(add_statuses, directory, count)
  if not ok then
    violation("%s", tostring(problem))
  end
  local client, there = recovery.client { endpoint = sandbox.plain }, recovery.client_there { endpoint = sandbox.plain }
  ok, problem = pcall(function()
    check_prunes(client, there, check_runs(client, there, vaults, backups, directory))
  end)
  if not ok then
    violation("%s", tostring(problem))
  end
  client:close()
  there:close()
  support.run("rm -r " .. directory)
end

local function in_words(counts)
  local words = {}
  for name, count in pairs(counts) do
    words[#words + 1] = ("%s %d"):format(name, count)
  end
  table.sort(words)
  return table.concat(words, ", ")
end

local began, number = socket.gettime(), 0
while sum.runs < options.runs and #sum.violations == 0 do
  number = number + 1
  run_batch(math.min(options.batch, options.runs - sum.runs), number)
  io.stderr:write(("\r%d runs "):format(sum.runs))
end
io.stderr:write "\r"
print(("%d runs, seed %d, %.0f s; processes killed: %d; requests that met a fault: %d"):format(sum.runs, options.seed,
  socket.gettime() - began, sum.kills, sum.faulted))
print("rows of the runs: " .. in_words(sum.statuses))
print(("orders: %d, %d of them in later runs; replicas deleted by hand: %d, by prunes: %d"):format(sum.orders,
  sum.again, sum.deleted, sum.pruned))
for i = 1, math.min(#sum.violations, 30) do
  print("VIOLATION: " .. sum.violations[i])
end
print(("%d violations"):format(#sum.violations))
os.exit(#sum.violations == 0 and 0 or 1)
