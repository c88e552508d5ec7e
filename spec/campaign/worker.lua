-- The client process of a campaign: orders what its plan says, and keeps a journal by which the next one goes on when
-- this one is killed.
--
-- worker.lua <plan> <journal> <concurrency>. A line of the plan: "<n> <operation> <vault>". Of the journal: "begin <n>
-- <time>" before an order goes out, then what the caller was told: "done <n> <how>", "rejected <n> <kind>",
-- "unknown <n> <kind>"; "look <n> <verdict>" for what a process before this one left behind.

local cbr = require "cbr"
local support = require "spec.helpers.support"

local world = support.fixtures

local plan_file, journal_file, concurrency = arg[1], arg[2], tonumber(arg[3])

-- Where this process is found by whoever kills it.
do
  local stat = assert(io.open "/proc/self/stat")
  local pid = stat:read "*n"
  stat:close()
  local file = assert(io.open(journal_file .. ".pid", "w"))
  file:write(("%d\n"):format(pid))
  file:close()
end

-- What was begun, when, and what ended.
local begun, ended = {}, {}
local old = io.open(journal_file)
if old then
  for line in old:lines() do
    local event, n, rest = line:match "^(%l+) (%d+) (%S+)$"
    if event == "begin" then
      begun[n] = tonumber(rest)
    elseif event and event ~= "look" then
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
client.budget.left = math.huge -- the faults here hit a part of all calls for ever, and not because a service is broken

local function params_of(order)
  if order.operation == "sync" then
    return { vault_id = order.vault }
  end
  return support.replicate_params { vault_id = order.vault, destination_vault_id = world.vaults.replicas.id }
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

-- What another process began and never wrote the end of.
local function resolve(order)
  local answer, err
  for _ = 1, 3 do -- as a user would who was told that it is uncertain yet
    answer, err = client:find_order(order.operation, params_of(order), { since = begun[order.n] })
    if answer ~= nil then
      break
    end
  end
  note("look", order.n, answer and "found" or answer == false and "nothing" or err.kind)
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
