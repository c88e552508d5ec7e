-- The body of examples/nginx/soak: reloads, kills, and the count at the end.

local fleet = require "spec.helpers.nginx.fleet"
local socket = require "socket"
local support = require "spec.helpers.support"

local MINUTES = tonumber(arg[1]) or 10
local INTERVAL, VAULTS = 10, 3
local RELOAD, KILL = 30, 45 -- seconds between two reloads, and between two kills; the hosts take turns

local function say(...)
  io.write(os.date "%H:%M:%S ", (...):format(select(2, ...)), "\n")
  io.flush()
end

local rows, backups = {}, {}
for n = 1, VAULTS do
  local id = ("c0ffee00-0000-4000-8000-%012d"):format(n)
  support.sandbox.patch { vaults = { [id] = { kind = "server", project = "home", size = 1000 } } }
  rows[n] = { ("vault_%d"):format(n), INTERVAL, id }
end

-- Adds a backup of a new resource to each vault.
local function add_backups()
  for _, row in ipairs(rows) do
    local added = support.sandbox.patch { fill = { vault_id = row[3], count = 1, size = 1 } }
    backups[#backups + 1] = { id = added.backups[1], vault = row[1], at = socket.gettime() }
  end
end

add_backups()
local hosts = fleet.start(rows,
  "tick = 0.5, poll_interval = 1, timeout = 3, lock = 4, search_time = 6, retry_pause = 1")
local reloads, kills, random = 0, 0, math.random
-- Each response to an order is late, so that some workers are killed after they have sent an order, before the
-- response.
support.sandbox.fault { fault = "slow_headers", seconds = 1, call = "copy_backup", times = -1 }

local start = socket.gettime()
local stop = start + MINUTES * 60
local REST = 6 * INTERVAL -- in the last seconds, there are no new backups and no kills

local ok, reason = pcall(function()
  while socket.gettime() < stop do
    local elapsed = socket.gettime() - start
    local is_rest = socket.gettime() > stop - REST
    if not is_rest and elapsed >= #backups / VAULTS * INTERVAL then
      add_backups()
    end
    if elapsed >= (reloads + 1) * RELOAD then
      reloads = reloads + 1
      hosts:reload(reloads % 2 + 1)
      say("reload of host %d", reloads % 2 + 1)
    end
    if not is_rest and elapsed >= (kills + 1) * KILL then
      kills = kills + 1
      local host = kills % 2 + 1
      local workers = hosts:workers(host)
      local pid = workers[random(#workers)]
      support.run("kill -9 " .. pid)
      say("kill -9 of worker %s of host %d", pid, host)
    end
    socket.sleep(0.2)
  end

  local count, once, twice, never = {}, 0, 0, 0
  for _, order in ipairs(support.sandbox.ledger()) do
    local id = order.made[1].backup_id
    count[id] = (count[id] or 0) + 1
  end
  for _, backup in ipairs(backups) do
    local found = count[backup.id] or 0
    once = once + (found == 1 and 1 or 0)
    twice = twice + (found > 1 and 1 or 0)
    never = never + (found == 0 and 1 or 0)
    if found ~= 1 then
      print(("  backup %s of %s: %d orders"):format(backup.id, backup.vault, found))
    end
  end
  print(("%d reloads, %d killed workers; orders in the ledger: %d"):format(reloads, kills, #support.sandbox.ledger()))
  print(("%d backups: %d ordered once, %d more than once, %d never"):format(#backups, once, twice, never))
  if twice + never > 0 then
    error("a backup was ordered twice, or not at all", 0)
  end
end)
hosts:stop()
if not ok then
  io.stderr:write(tostring(reason), "\n")
  os.exit(1)
end
