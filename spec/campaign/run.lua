-- Places many orders under random faults, with a client that is killed now and then. Is any order lost or doubled?
--
-- sandbox/run lua5.4 spec/campaign/run.lua --orders 10000 --seed 7 [--concurrency 64] [--kills 150]
--
-- Each order has its own vault, so that the sandbox's ledger shows how often it was accepted. A client process
-- (spec/campaign/worker.lua) places the orders, 64 at a time, and is killed after about `kills` orders; the next
-- process continues from its journal. Exit status 1: an order was doubled, its result contradicts the ledger, or more
-- than 1 % of the orders that met a fault stayed unknown.

local sandbox = require "sandbox.control"
local chaos = require "spec.campaign.chaos"
local socket = require "socket"

local options = { orders = 200, seed = os.time() % 100000, concurrency = 64, kills = 150 }
for i = 1, #arg, 2 do
  local name = arg[i]:match "^%-%-(%l+)$"
  if not options[name] or not tonumber(arg[i + 1]) then
    io.stderr:write "usage: run.lua [--orders N] [--seed N] [--concurrency N] [--kills N]\n"
    os.exit(2)
  end
  options[name] = tonumber(arg[i + 1])
end
math.randomseed(options.seed)

local PATIENCE = 120 -- seconds without a line in the journal, after which the campaign fails

local plan_file, journal_file = os.tmpname(), os.tmpname()

-- Creates a vault for each order, and room for all replicas. Returns vault ids by number of the order.
local function prepare()
  sandbox.reset()
  sandbox.time_scale(6000) -- a sync ends in milliseconds, so that the service would accept a second one
  local vaults, plan = {}, assert(io.open(plan_file, "w"))
  local patch = { vaults = { replicas = { size = 1e9 } }, backups = {} }
  for n = 1, options.orders do
    local id = ("%08x-0000-4000-8000-%012x"):format(options.seed, n)
    local operation = math.random(2) == 1 and "sync" or "replicate"
    vaults[n] = id
    plan:write(("%d %s %s\n"):format(n, operation, id))
    if operation == "sync" then
      local found = { imported = 1, removed = 0, failed = 0 }
      patch.vaults[id] = { kind = "hybrid", project = "home", size = 1000, on_premises = found }
    else
      patch.vaults[id] = { kind = "server", project = "home", size = 1000 }
      for b = 1, math.random(3) do
        patch.backups[("%08x-%04x-4000-8000-%012x"):format(options.seed, b, n)] = { vault_id = id, size = 1 }
      end
    end
    if n % 200 == 0 or n == options.orders then
      sandbox.patch { vaults = patch.vaults }
      sandbox.patch { backups = patch.backups }
      patch = { vaults = {}, backups = {} }
    end
  end
  plan:close()
  return vaults
end

-- The client process. Its exit status is written to a file, even when the process is killed.
local worker = { status_file = os.tmpname() }

function worker.start()
  os.remove(worker.status_file)
  os.remove(journal_file .. ".pid")
  local lua = os.getenv "CBR_LUA" or "lua5.4"
  os.execute(("{ %s spec/campaign/worker.lua %s %s %d; echo $? >%s; } &"):format(
    lua, plan_file, journal_file, options.concurrency, worker.status_file))
end

function worker.status()
  local file = io.open(worker.status_file)
  local status = file and file:read "*n"
  if file then
    file:close()
  end
  return status
end

function worker.kill()
  local file = io.open(journal_file .. ".pid")
  local pid = file and file:read "*n"
  if file then
    file:close()
  end
  if pid then
    os.execute(("kill -KILL %d 2>/dev/null"):format(pid))
  end
end

-- Result of each order, orders begun, processes killed, and what became of orders that a killed process left.
local results, begun, kills, searches = {}, 0, 0, {}

-- Reads new lines of the journal. Returns whether there are any.
local function read_journal(journal)
  local has_news = false
  journal:seek "cur" -- without this, Lua 5.1 reads nothing after it has reached the end of the file
  for line in journal:lines() do
    local event, n, rest = line:match "^(%l+) (%d+) (%S+)$"
    n, has_news = tonumber(n), true
    if event == "begin" then
      begun = begun + 1
    elseif event == "search" then
      searches[rest] = (searches[rest] or 0) + 1
    elseif event == "done" or event == "rejected" or event == "unknown" then
      results[n] = { event = event, detail = rest }
    end
  end
  return has_news
end

-- Runs the client until all orders have a result. Chance decides when it is killed; the sandbox chooses the faults.
local function run()
  io.open(journal_file, "w"):close()
  local journal = assert(io.open(journal_file))
  local next_kill, quiet_since = options.kills * (0.5 + math.random()), socket.gettime()
  chaos.start()
  worker.start()
  while worker.status() ~= 0 do
    socket.sleep(0.01)
    if read_journal(journal) then
      quiet_since = socket.gettime()
    end
    chaos.watch(begun)
    if worker.status() == nil and begun >= next_kill then
      worker.kill()
      kills, next_kill = kills + 1, begun + options.kills * (0.5 + math.random())
    elseif worker.status() and worker.status() ~= 0 then
      if worker.status() ~= 137 then
        error(("the client process ended with status %d"):format(worker.status()))
      end
      worker.start()
    elseif socket.gettime() - quiet_since > PATIENCE then
      worker.kill()
      error(("no progress for %d seconds"):format(PATIENCE))
    end
  end
  journal:seek "set" -- read it again, since a line may have been read in two halves
  searches = {}
  read_journal(journal)
  journal:close()
  sandbox.clear_faults()
  socket.sleep(chaos.LATEST_SECONDS)
end

-- Compares the results with the ledger. Returns violations in words, count by result, how many orders met a fault.
local function judge(vaults)
  local accepted, count, violations = {}, {}, {}
  for _, entry in ipairs(sandbox.ledger()) do
    accepted[entry.vault_id] = (accepted[entry.vault_id] or 0) + 1
  end
  local unknown = 0
  for n, vault in ipairs(vaults) do
    local result, times = results[n] or { event = "lost", detail = "-" }, accepted[vault] or 0
    local key = result.event .. " " .. result.detail
    count[key] = (count[key] or 0) + 1
    unknown = unknown + (result.event == "unknown" and 1 or 0)
    local right = result.event == "done" and times == 1 or result.event == "rejected" and times == 0
      or result.event == "unknown" and times <= 1
    if not right then
      violations[#violations + 1] = ("order %d (%s): reported %s, accepted %d times"):format(n, vault, key, times)
    end
  end
  local faulted = 0
  for _ in pairs(chaos.faulted_vaults()) do
    faulted = faulted + 1
  end
  if unknown > math.max(faulted * 0.01, 1) then
    violations[#violations + 1] = ("%d of %d orders that met a fault stayed unknown"):format(unknown, faulted)
  end
  return violations, count, faulted
end

local from = socket.gettime()
local vaults = prepare()
local ok, problem = pcall(run)
local violations, count, faulted = judge(vaults)
if not ok then
  table.insert(violations, 1, tostring(problem))
end
for _, file in ipairs { plan_file, journal_file, journal_file .. ".pid", worker.status_file } do
  os.remove(file)
end

local function in_words(counts)
  local words = {}
  for key, value in pairs(counts) do
    words[#words + 1] = ("%s: %d"):format(key, value)
  end
  table.sort(words)
  return table.concat(words, ", ")
end

print(("%d orders, seed %d, %.0f s"):format(options.orders, options.seed, socket.gettime() - from))
print(("reported: %s"):format(in_words(count)))
print(("orders that met a fault: %d; faults played: %s"):format(faulted, in_words(chaos.played())))
print(("killed %d times; orders in progress then: %s"):format(kills, in_words(searches)))
for _, violation in ipairs(violations) do
  print("VIOLATION: " .. violation)
end
print(("%d violations"):format(#violations))
os.exit(#violations == 0 and 0 or 1)
