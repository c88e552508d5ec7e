-- A client process of a campaign. It places its share of the plan's orders, and keeps a journal. If this process is
-- killed, the next process continues from the journal.
--
-- worker.lua <plan> <journal> <concurrency> <number of this process>
--
-- Each line of the journal is "<event> <n> <detail> <time>". The events: "begin" before an order is sent; "done" with
-- how the order ended, the number of backups and one backup id; "rejected" with the reason; "unknown" with the kind of
-- the error; "search" with the verdict on an order that an earlier process had sent without a result.
--
-- All orders of an operation share one parameter table, which is changed for the next order while the previous order is
-- in progress. Every second process signs in with a password, so that its tokens must be renewed. The other processes
-- have an access key.

local cbr = require "cbr"
local plan = require "spec.campaign.plan"
local socket = require "socket"
local support = require "spec.helpers.support"

local fixtures = support.fixtures

local plan_file, journal_file, concurrency, number = arg[1], arg[2], tonumber(arg[3]), tonumber(arg[4])

-- Tells run.lua the id of this process.
do
  local stat = assert(io.open "/proc/self/stat")
  local pid = stat:read "*n"
  stat:close()
  local file = assert(io.open(journal_file .. ".pid", "w"))
  file:write(("%d\n"):format(pid))
  file:close()
end

-- For the number of each order: the time when an earlier process began the order, and whether the order has a result.
local begun, ended = {}, {}
for line in io.lines(journal_file) do
  local event, n, _, time = line:match "^(%l+) (%d+) (%S+) (%S+)$"
  if event == "begin" then
    begun[n] = begun[n] or math.floor(tonumber(time))
  elseif event and event ~= "search" then
    ended[n] = true
  end
end

local journal = assert(io.open(journal_file, "a"))

local function note(event, n, detail)
  journal:write(("%s %s %s %.3f\n"):format(event, n, detail, socket.gettime()))
  journal:flush()
end

local function password()
  return {
    username = fixtures.users.home.name, password = fixtures.users.home.password,
    domain_name = fixtures.accounts.home.name,
  }
end

local credentials = number % 2 == 0 and password() or support.keys "home"
local client = support.client {
  timeout = 12, settle_time = 1, retry_pause = 0.05, max_response = 200000, endpoint = support.sandbox.plain,
  iam_endpoint = support.sandbox.plain, max_attempts = 6, credentials = credentials,
  user_agent = "campaign/" .. number,
}
client.budget.left = math.huge -- the many faults would use up any retry budget
for name in pairs(credentials) do
  credentials[name] = "changed"
end

local shared_params = { sync = {}, replicate = support.replicate_params(), copy_backup = support.replicate_params() }
shared_params.copy_backup.vault_id = nil

-- Fills the parameter table that all orders of an operation share.
local function params_of(order)
  local params = shared_params[order.operation]
  if order.operation == "copy_backup" then
    params.backup_id = plan.backup_of(order.vault)
  else
    params.vault_id = order.vault
  end
  return params
end

-- Describes how an order was accepted: "<how>:<number of backups, or 1>:<id>". A backup is replicated only once, so the
-- id of the backup identifies the order.
local function describe(response)
  local how = response.reconciled and "found" or "responded"
  local backups = response.backups or { { backup_id = response.backup_id or response.operation_log_id } }
  return ("%s:%d:%s"):format(how, #backups, tostring((backups[1] or {}).backup_id))
end

local function place(order)
  note("begin", order.n, "-")
  local response, err = client[order.operation](client, params_of(order))
  if response then
    note("done", order.n, describe(response))
  elseif err.outcome == "unknown" then
    note("unknown", order.n, err.kind)
  else
    note("rejected", order.n, err.code or err.kind)
  end
end

-- Finds out what became of an order of an earlier process, and places the order again if it was not accepted.
local function resolve(order)
  local response, err
  for _ = 1, 3 do -- a user would also search again while the outcome is unknown
    response, err = client:find_order(order.operation, params_of(order), { since = begun[order.n] })
    if response ~= nil then
      break
    end
  end
  note("search", order.n, response and "found" or response == false and "nothing" or err.kind)
  if response then
    note("done", order.n, describe(response))
  elseif response == false then
    place(order)
  else
    note("unknown", order.n, err.kind)
  end
end

local orders = {}
for line in io.lines(plan_file) do
  local n, operation, vault, process = line:match "^(%d+) (%S+) (%S+) (%d+)$"
  if tonumber(process) == number and not ended[n] then
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
