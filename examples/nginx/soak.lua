-- The body of examples/nginx/soak: reloads, kills, and the count at the end.

local fleet = require "spec.helpers.nginx.fleet"
local socket = require "socket"
local support = require "spec.helpers.support"

local MINUTES = tonumber(arg[1]) or 10
local INTERVAL, VAULTS = 10, 3
local RELOAD, KILL = 30, 45 -- seconds between two; the hosts take turns

local function say(...)
  io.write(os.date "%H:%M:%S ", (...):format(select(2, ...)), "\n")
  io.flush()
end

local rows = {}
for n = 1, VAULTS do
  rows[n] = { ("vault_%d"):format(n), INTERVAL, fleet.endless_vault(n, 40) }
end
local hosts = fleet.start(rows,
  "tick = 0.5, poll_interval = 1, timeout = 2, lock = 2, search_time = 5, retry_pause = 1")
local reloads, kills, random = 0, 0, math.random
-- Each response to an order is late, so that some workers are killed between order and response.
support.sandbox.fault { fault = "slow_headers", seconds = 1, call = "replicate", times = -1 }

-- Only slots that lie completely within the run are counted.
local from = math.floor(socket.gettime() / INTERVAL) + 1
local start = socket.gettime()
local stop = start + MINUTES * 60
say("%d slots of each of %d vaults", math.floor(stop / INTERVAL) - from, VAULTS)

local ok, reason = pcall(function()
  while socket.gettime() < stop do
    local elapsed = socket.gettime() - start
    if elapsed >= (reloads + 1) * RELOAD then
      reloads = reloads + 1
      hosts:reload(reloads % 2 + 1)
      say("reload of host %d", reloads % 2 + 1)
    end
    if elapsed >= (kills + 1) * KILL then
      kills = kills + 1
      local host = kills % 2 + 1
      local workers = hosts:workers(host)
      local pid = workers[random(#workers)]
      support.run("kill -9 " .. pid)
      say("kill -9 of worker %s of host %d", pid, host)
    end
    socket.sleep(0.2)
  end

  local last = math.floor(socket.gettime() / INTERVAL) - 1
  local total, once, twice, never = 0, 0, 0, 0
  for _, row in ipairs(rows) do
    for _, slot in ipairs(hosts:slots(row[1], row[3], INTERVAL, from, last)) do
      local record = slot.record or { state = "no claim" }
      total = total + 1
      once = once + (slot.count == 1 and 1 or 0)
      twice = twice + (slot.count > 1 and 1 or 0)
      never = never + (slot.count == 0 and 1 or 0)
      if slot.count ~= 1 or record.note then
        local err = record.error or {}
        print(("  %s, slot %d: %d in the ledger; %s, %s%s"):format(row[1], slot.slot, slot.count, record.state,
          record.note or err.message or "", slot.count == 0 and " (never)" or ""))
      end
    end
  end
  print(("%d reloads, %d killed workers; orders in the ledger: %d"):format(reloads, kills, #support.sandbox.ledger()))
  print(("slots %d: once %d, twice %d, never %d"):format(total, once, twice, never))
  if twice > 0 then
    error("a slot was ordered twice", 0)
  end
end)
hosts:stop()
if not ok then
  io.stderr:write(tostring(reason), "\n")
  os.exit(1)
end
