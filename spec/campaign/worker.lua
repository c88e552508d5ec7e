-- The client process of a campaign. It places the orders of a plan, and keeps a journal from which the next process
-- continues when this one is killed.
--
-- worker.lua <plan> <journal> <concurrency>
--
-- A line of the plan is "<n> <operation> <vault>". Lines of the journal are "begin <n> <time>" before an order is sent,
-- and its result: "done <n> <how>", "rejected <n> <reason>" or "unknown <n> <kind>". "search <n> <verdict>" is about an
-- order that an earlier process has begun and not finished.

local cbr = require "cbr"
local support = require "spec.helpers.support"

local fixtures = support.fixtures

local plan_file, journal_file, concurrency = arg[1], arg[2], tonumber(arg[3])

-- Tells run.lua the id of this process.
do
  local stat = assert(io.open "/proc/self/stat")
  local pid = stat:read "*n"
  stat:close()
  local file = assert(io.open(journal_file .. ".pid", "w"))
  file:write(("%d\n"):format(pid))
  file:close()
end

-- Order number -> time when an earlier process began the order; order number -> true if the order has a result.
local begun, ended = {}, {}
local old = io.open(journal_file)
if old then
  for line in old:lines() do
    local event, n, rest = line:match "^(%l+) (%d+) (%S+)$"
    if event == "begin" then
      begun[n] = tonumber(rest)
    elseif event and event ~= "search" then
      ended[n] = true
    end
  end
  old:close()
end

local journal = assert(io.open(journal_file, "a"))

local function note(event, n, rest)
  journal:write(("%s %s %s\n"):format(event, n, rest))
  journal:flush()
end

local client = support.client {
  timeout = 8, settle_time = 1, retry_pause = 0.05, max_response = 200000, endpoint = support.sandbox.plain,
  max_attempts = 6,
}
client.budget.left = math.huge -- the faults never end, and would use up any retry budget

local function params_of(order)
  if order.operation == "sync" then
    return { vault_id = order.vault }
  end
  return support.replicate_params { vault_id = order.vault, destination_vault_id = fixtures.vaults.replicas.id }
end

local function place(order)
  note("begin", order.n, os.time())
  local answer, err = client[order.operation](client, params_of(order))
  if answer then
    note("done", order.n, answer.reconciled and "found" or "answered")
  elseif err.outcome == "unknown" then
    note("unknown", order.n, err.kind)
  else
    note("rejected", order.n, err.code or err.kind)
  end
end

-- Finds out what became of an order of an earlier process, and places it if it was not accepted.
local function resolve(order)
  local answer, err
  for _ = 1, 3 do -- search again while the outcome is unknown, as a user does
    answer, err = client:find_order(order.operation, params_of(order), { since = begun[order.n] })
    if answer ~= nil then
      break
    end
  end
  note("search", order.n, answer and "found" or answer == false and "nothing" or err.kind)
  if answer then
    note("done", order.n, "found")
  elseif answer == false then
    place(order)
  else
    note("unknown", order.n, err.kind)
  end
end

local orders = {}
for line in io.lines(plan_file) do
  local n, operation, vault = line:match "^(%d+) (%l+) (%S+)$"
  if not ended[n] then
    orders[#orders + 1] = { n = n, operation = operation, vault = vault }
  end
end

local _, errors = cbr.map(orders, function(order)
  if begun[order.n] then
    resolve(order)
  else
    place(order)
  end
  return true
end, { concurrency = concurrency })

for _, err in pairs(errors) do
  error(err)
end
note("end", 0, "-")
