-- Places many orders under random faults, with clients that are killed at times, and finds lost and doubled orders.
--
--   sandbox/run lua5.4 spec/campaign/run.lua --orders 10000 --seed 7 [--processes 3] [--shared 300]
--     [--concurrency 64] [--kills 150]
--
-- Several client processes (spec/campaign/worker.lua) place the orders, and together have `concurrency` orders in
-- progress. About `kills` times, one of the processes is killed, and a new process continues from the journal of the
-- killed process. Most orders have a vault of their own. On each of `shared` vaults, every process places one order.
--
-- The sandbox's ledger, its list of accepted orders, shows what became of each order. The exit status is 1 if an order
-- was doubled or lost, if a result contradicts the ledger, if a process returned another process's order although the
-- documents exclude this, or if more than 1 % of the orders that met a fault stayed unknown.

local chaos = require "spec.campaign.chaos"
local judge = require "spec.campaign.judge"
local plan = require "spec.campaign.plan"
local process = require "spec.campaign.process"
local sandbox = require "sandbox.control"
local socket = require "socket"

local options = {
  orders = 200, seed = os.time() % 100000, concurrency = 64, kills = 150, processes = 3, shared = -1,
}
for i = 1, #arg, 2 do
  local name = arg[i]:match "^%-%-(%l+)$"
  if not options[name] or not tonumber(arg[i + 1]) then
    io.stderr:write "usage: run.lua [--orders|--seed|--processes|--shared|--concurrency|--kills N]...\n"
    os.exit(2)
  end
  options[name] = tonumber(arg[i + 1])
end
if options.shared < 0 then
  options.shared = math.floor(options.orders / options.processes / 10)
end
math.randomseed(options.seed)

local MAX_PRINTED = 30 -- at most this many violations are printed
local PATIENCE = 120 -- the campaign fails if no journal has got a new line for this many seconds

local plan_file = os.tmpname()
local processes = {}

-- For the number of each order, its result and the time when it was first sent; the number of sent orders; the number
-- of kills; for each verdict, the number of searches for the orders of killed processes that had this verdict.
local results, begun_at, begun, kills, searches = {}, {}, 0, 0, {}
local is_found_order = {} -- number of an order -> whether find_order has found it

local function take(event, n, detail, time)
  if event == "begin" then
    begun, begun_at[n] = begun + 1, begun_at[n] or time
  elseif event == "search" then
    searches[detail], is_found_order[n] = (searches[detail] or 0) + 1, detail == "found"
  elseif event ~= "end" then
    local how, count, id = detail:match "^(%l+):(%d+):(%S+)$"
    results[n] = {
      event = event, detail = how or detail, count = tonumber(count), id = id, begun = begun_at[n],
      is_found_order = is_found_order[n],
    }
  end
end

local function start(one)
  chaos.before_process()
  one:start()
end

-- Reads the journals, and restarts killed processes. Returns whether a journal has a new line, and whether all
-- processes have ended.
local function attend()
  local has_news, all_ended = false, true
  for _, one in ipairs(processes) do
    has_news = one:read_journal(take) or has_news
    local status = one:status()
    all_ended = all_ended and status == 0
    if status and status ~= 0 then
      if status ~= 137 then
        error(("client process %d ended with status %d"):format(one.number, status))
      end
      start(one)
    end
  end
  return has_news, all_ended
end

-- Runs the client processes until all orders have a result. The time of each kill, and the killed process, are random.
-- The sandbox chooses the faults.
local function run()
  local next_kill, quiet_since = options.kills * (0.5 + math.random()), socket.gettime()
  chaos.start()
  for _, one in ipairs(processes) do
    start(one)
  end
  while true do
    socket.sleep(0.01)
    local has_news, all_ended = attend()
    if all_ended then
      break
    end
    chaos.watch(begun)
    local victim = processes[math.random(#processes)]
    if has_news then
      quiet_since = socket.gettime()
    elseif socket.gettime() - quiet_since > PATIENCE then
      error(("no progress for %d seconds"):format(PATIENCE))
    end
    if begun >= next_kill and not victim:status() and victim:kill() then
      kills, next_kill = kills + 1, begun + options.kills * (0.5 + math.random())
    end
  end
  searches, begun = {}, 0
  for _, one in ipairs(processes) do
    one:rewind()
    one:read_journal(take)
  end
  sandbox.clear_faults()
  socket.sleep(chaos.LATEST_SECONDS)
end

local function in_words(counts)
  local words = {}
  for key, value in pairs(counts) do
    words[#words + 1] = ("%s: %d"):format(key, value)
  end
  table.sort(words)
  return table.concat(words, ", ")
end

local function report(orders, verdict, seconds)
  print(("%d orders by %d processes, seed %d, %.0f s"):format(#orders, options.processes, options.seed, seconds))
  print("reported: " .. in_words(verdict.count))
  print(("orders that met a fault: %d; faults played: %s"):format(verdict.faulted, in_words(chaos.played())))
  print(("killed %d times; orders that a killed process had in progress: %s"):format(kills, in_words(searches)))
  local names = {}
  for name in pairs(verdict.by_fault) do
    names[#names + 1] = name
  end
  table.sort(names)
  print "orders with a vault of their own, by the faults that they or their searches met:"
  for _, name in ipairs(names) do
    local row = verdict.by_fault[name]
    print(("  %5d, unknown %3d: %s"):format(row.met, row.unknown, name))
  end
  print(("unknown: %d of %d that met a fault, %.2f %%"):format(verdict.unknown, verdict.own_faulted,
    100 * verdict.unknown / math.max(verdict.own_faulted, 1)))
  print(("%d shared vaults: %s"):format(options.shared, in_words(verdict.shared)))
  for i = 1, math.min(#verdict.violations, MAX_PRINTED) do
    print("VIOLATION: " .. verdict.violations[i])
  end
  print(("%d violations"):format(#verdict.violations))
end

local from = socket.gettime()
local orders = plan.make(options)
plan.write(orders, plan_file)
for number = 1, options.processes do
  processes[number] = process.new(number, plan_file, math.ceil(options.concurrency / options.processes))
end
local ok, problem = pcall(run)
local verdict = judge.run(orders, results)
if not ok then
  table.insert(verdict.violations, 1, tostring(problem))
end
for _, one in ipairs(processes) do
  one:kill()
  one:close()
end
os.remove(plan_file)
report(orders, verdict, socket.gettime() - from)
os.exit(#verdict.violations == 0 and 0 or 1)
