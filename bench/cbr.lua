-- The contestant cbr. It makes calls in the way that a user would write them.
-- Usage: cbr.lua sequence CALLS | flight CALLS AT_A_TIME DELAY | first | sign COUNT
--   | vaults AT_A_TIME SETTLE_TIME VAULT…

local cbr = require "cbr"

local mode, calls, at_a_time, delay = arg[1], tonumber(arg[2] or 1), tonumber(arg[3]), arg[4]

local target = require "bench.target"

local client = assert(cbr.new {
  endpoint = target.endpoint, allow_http = true, proxy = "", timeout = 120,
  project_id = target.project_id, credentials = target.credentials,
})

local function request(response_delay)
  return client:request { method = "GET", path = target.path "{project_id}", query = target.query(response_delay) }
end

local function sequence(count)
  for _ = 1, count do
    assert(request())
  end
end

if mode == "first" then
  return sequence(1)
end

local figures = require "bench.figures"
local clock = require "cbr.core".monotonic

local work = {}

function work.sequence()
  sequence(calls)
end

local function fly(count, response_delay)
  local items = {}
  for i = 1, count do
    items[i] = i
  end
  local _, errors = cbr.map(items, function()
    return request(response_delay)
  end, { concurrency = at_a_time })
  local _, err = next(errors)
  assert(err == nil, err)
end

function work.flight()
  fly(calls, delay)
end

work.warm = work.flight

function work.sign()
  local to_sign = {
    method = "GET", host = target.endpoint:match "//(.*)", path = target.path(target.project_id),
    query = { bytes = "200" }, headers = { Accept = "application/json" },
  }
  for _ = 1, calls do
    cbr.sign(to_sign, target.credentials)
  end
end

-- Replicates these vaults, waits until each replication has ended, and prints the result for each vault.
local function replicate(vaults, concurrency)
  cbr.map(vaults, function(vault_id)
    local order = client:replicate(target.replication(vault_id))
    local report = order and client:wait(order, { interval = target.poll_interval })
    print(("%s %s"):format(vault_id, report and report.succeeded > 0 and "succeeded" or "failed"))
  end, { concurrency = concurrency })
end

if mode == "vaults" then
  local vaults = { table.unpack(arg, 4) }
  client.settle_time = at_a_time
  figures.measure(#vaults, clock, function()
    replicate(vaults, calls)
  end)
  return
end

sequence(mode == "sign" and 0 or target.warm_up)
if mode == "warm" then
  fly(at_a_time, target.long_delay)
end
figures.measure(calls, clock, work[mode])
