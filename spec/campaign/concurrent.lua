-- Places equal orders at the same time, through one client, under random faults and timeouts, and checks that no order
-- is lost or doubled.
--
--   sandbox/run lua5.4 spec/campaign/concurrent.lua --rounds 200 --seed 7
--
-- In each round, two or three calls order the same sync. The exit status is 1 if two calls returned the same order, if
-- a call returned an order that does not exist, or if the service accepted more orders than the calls returned or left
-- unknown.

local cbr = require "cbr"
local sandbox = require "sandbox.control"
local socket = require "socket"
local support = require "spec.helpers.support"

local options = { rounds = 100, seed = os.time() % 100000 }
for i = 1, #arg, 2 do
  local name = arg[i]:match "^%-%-(%l+)$"
  if not options[name] or not tonumber(arg[i + 1]) then
    io.stderr:write "usage: concurrent.lua [--rounds|--seed N]...\n"
    os.exit(2)
  end
  options[name] = tonumber(arg[i + 1])
end
math.randomseed(options.seed)

local TIME_SCALE = 6e6 -- a sync ends before the next request arrives; otherwise the service would reject that request
local SETTLE_SECONDS = 1
local MAX_PROCESSING_SECONDS = 3.5 -- the sandbox processes each request within this time; orders have a longer timeout
local FAULTS = {
  "none", "reset_before", "reset_after", "close_before", "close_after", "html_502", "truncated", "slow_before",
  "slow_headers",
}
local HYBRID = { vault_id = support.fixtures.vaults.hybrid.id }

-- Returns a random number between two limits.
local function between(least, most)
  return least + (most - least) * math.random()
end

-- Returns the client of a round. The service has already accepted the client's key, so the client sends all orders at
-- once.
local function start_round(events)
  sandbox.reset()
  sandbox.time_scale(TIME_SCALE)
  local client = support.client {
    settle_time = SETTLE_SECONDS, timeout = 8, retry_pause = 0.02, endpoint = sandbox.plain, log = function(event)
      events[#events + 1] = ("%s %s %s"):format(event.event, tostring(event.operation),
        tostring(event.verdict or event.kind or event.status))
    end,
  }
  assert(client:show_vault(HYBRID))
  sandbox.quirks { late_tasks = between(0, 0.8 * SETTLE_SECONDS) * TIME_SCALE }
  for _ = 1, math.random(2, 5) do
    local fault = FAULTS[math.random(#FAULTS)]
    if fault ~= "none" then
      sandbox.fault { call = "sync", fault = fault, seconds = between(0.3, MAX_PROCESSING_SECONDS) }
    end
    events[#events + 1] = "fault " .. fault
  end
  return client
end

-- Places the orders. Returns a list with a table for each order: it has the field `id`, or `outcome`.
local function place(client)
  local items = {}
  for i = 1, math.random(2, 3) do
    items[i] = {
      delay = math.random(2) == 1 and 0 or between(0, 1.5), timeout = math.random(2) == 1 and 8 or between(1.5, 3.5),
    }
  end
  return (cbr.map(items, function(item)
    assert(client:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = item.delay } })
    local sync, err = client:sync(HYBRID, { timeout = item.timeout })
    return { id = sync and sync.operation_log_id, how = sync and (sync.reconciled and "found" or "responded"),
      outcome = err and err.outcome }
  end))
end

-- Returns what is wrong with the results of a round, or nil.
local function problem_of(results, tally)
  local accepted, count, unknown, is_taken = {}, 0, 0, {}
  for _, order in ipairs(sandbox.ledger()) do
    accepted[order.made[1].operation_log_id], count = true, count + 1
  end
  for _, result in ipairs(results) do
    local word = result.how or result.outcome
    tally[word] = (tally[word] or 0) + 1
    unknown = unknown + (result.outcome == "unknown" and 1 or 0)
    if result.id then
      if not accepted[result.id] or is_taken[result.id] then
        return "two calls returned the same order, or a call returned an order that does not exist"
      end
      is_taken[result.id], count = true, count - 1
    end
  end
  return (count < 0 or count > unknown)
    and ("%d accepted orders were not returned; calls that ended as unknown: %d"):format(count, unknown) or nil
end

local tally, violations = {}, 0
for round = 1, options.rounds do
  local events = {}
  local client = start_round(events)
  local results = place(client)
  socket.sleep(MAX_PROCESSING_SECONDS + 0.5) -- the service may still work on requests
  local problem = problem_of(results, tally)
  if problem then
    violations = violations + 1
    print(("VIOLATION in round %d: %s\n  %s"):format(round, problem, table.concat(events, "\n  ")))
  end
  client:close()
end

local words = {}
for word, count in pairs(tally) do
  words[#words + 1] = ("%s: %d"):format(word, count)
end
table.sort(words)
print(("%d rounds of concurrent equal orders, seed %d: %s"):format(options.rounds, options.seed,
  table.concat(words, ", ")))
print(("%d violations"):format(violations))
os.exit(violations == 0 and 0 or 1)
