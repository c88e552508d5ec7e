-- Many orders under random faults, with a client that is killed now and then: nothing lost, nothing doubled?
--
-- sandbox/run lua5.4 spec/campaign/run.lua --orders 10000 --seed 7 [--concurrency 64] [--kills 150]
--
-- Every order is for a vault of its own, so that the sandbox's ledger says how often each was taken in. A client
-- process (spec/campaign/worker.lua) places them, 64 at a time, and is killed at about every `kills` orders; the next
-- one goes on by the journal. Exit status 1: an order was doubled, or is not where the caller was told that it is, or
-- more than 1 % of those that met a fault stayed unknown.

local sandbox = require "sandbox.control"
local chaos = require "spec.campaign.chaos"
local socket = require "socket"

local options = { orders = 200, seed = os.time() % 100000, concurrency = 64, kills = 150 }
for i = 1, #arg, 2 do
  local name = arg[i]:match "^%-%-(%l+)$"
  if not options[name] or not tonumber(arg[i + 1]) then
    io.stderr:write("usage: campaign.lua [--orders N] [--seed N] [--concurrency N] [--kills N]\n")
    os.exit(2)
  end
  options[name] = tonumber(arg[i + 1])
end
math.randomseed(options.seed)

local PATIENCE = 120 -- seconds without a line in the journal after which the campaign has hung

local plan_file, journal_file = os.tmpname(), os.tmpname()

-- Makes the world: a vault for every order, and room for all replicas. -> the vaults by order
local function prepare()
  sandbox.reset()
  sandbox.time_scale(6000) -- a sync is through in milliseconds: the service's own guard keeps nobody from a second one
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

-- A client process; its end is in a file, whoever ends it.
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

local told, begun, kills, looks = {}, 0, 0, {}

-- What is new in the journal. -> whether anything is
local function read_journal(journal)
  local news = false
  journal:seek "cur" -- Lua 5.1 reads nothing more behind an end that it has seen
  for line in journal:lines() do
    local event, n, rest = line:match "^(%l+) (%d+) (%S+)$"
    n, news = tonumber(n), true
    if event == "begin" then
      begun = begun + 1
    elseif event == "look" then
      looks[rest] = (looks[rest] or 0) + 1
    elseif event == "done" or event == "rejected" or event == "unknown" then
      told[n] = { event = event, how = rest }
    end
  end
  return news
end

-- What a campaign does by chance: which order is what, when the client is killed. The sandbox chooses the faults.
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
      error "nothing happens any more"
    end
  end
  journal:seek "set" -- once more, whole: a line on the edge of a page can have been read in halves
  looks = {}
  read_journal(journal)
  journal:close()
  sandbox.clear_faults()
  socket.sleep(chaos.LONGEST) -- what is still on its way
end

-- -> violations, in words, and the sums
local function judge(vaults)
  local taken, count, violations = {}, {}, {}
  for _, entry in ipairs(sandbox.ledger()) do
    taken[entry.vault_id] = (taken[entry.vault_id] or 0) + 1
  end
  local faulted, unknown = chaos.faulted(), 0
  for n, vault in ipairs(vaults) do
    local said, times = told[n] or { event = "lost", how = "-" }, taken[vault] or 0
    local key = said.event .. " " .. said.how
    count[key] = (count[key] or 0) + 1
    unknown = unknown + (said.event == "unknown" and 1 or 0)
    local right = said.event == "done" and times == 1 or said.event == "rejected" and times == 0
      or said.event == "unknown" and times <= 1
    if not right then
      violations[#violations + 1] = ("order %d (%s): told %s, taken in %d times"):format(n, vault, key, times)
    end
  end
  local met = 0
  for _ in pairs(faulted) do
    met = met + 1
  end
  if unknown > math.max(met * 0.01, 1) then
    violations[#violations + 1] = ("%d of %d that met a fault stayed unknown"):format(unknown, met)
  end
  return violations, count, met
end

local from = socket.gettime()
local vaults = prepare()
local ok, problem = pcall(run)
local violations, count, met = judge(vaults)
if not ok then
  table.insert(violations, 1, tostring(problem))
end
for _, file in ipairs { plan_file, journal_file, journal_file .. ".pid", worker.status_file } do
  os.remove(file)
end

local function sums(counts)
  local words = {}
  for key, value in pairs(counts) do
    words[#words + 1] = ("%s: %d"):format(key, value)
  end
  table.sort(words)
  return table.concat(words, ", ")
end

print(("%d orders, seed %d, %.0f s"):format(options.orders, options.seed, socket.gettime() - from))
print(("told: %s"):format(sums(count)))
print(("orders that met a fault: %d; faults played: %s"):format(met, sums(chaos.played())))
print(("killed %d times; what was under way then: %s"):format(kills, sums(looks)))
for _, violation in ipairs(violations) do
  print("VIOLATION: " .. violation)
end
print(("%d violations"):format(#violations))
os.exit(#violations == 0 and 0 or 1)
