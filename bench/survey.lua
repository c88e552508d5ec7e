-- Measures the requests, memory and time that dr.copies needs for many vaults, whose backups are all replicated to one
-- vault:
--   sandbox/run lua5.4 bench/survey.lua [vaults] [backups of each vault] [resources of each vault]
-- It prints a line for a fifth of the backups, and a line for all backups. `peak` is the maximum growth of the
-- process's resident memory. `kept` is the size of the report in Lua's heap.

local cbr = require "cbr"
local control = require "sandbox.control"
local dr = require "cbr.dr"

local VAULTS, BACKUPS, RESOURCES = tonumber(arg[1]) or 500, tonumber(arg[2]) or 50, tonumber(arg[3]) or 2
local HOUR, SMALL_GB = 3600, 1
local fixtures = control.fixtures
local home, east = fixtures.projects.home, fixtures.projects.east
local replicas = fixtures.vaults.replicas.id

local function new_client()
  return cbr.assert(cbr.new {
    region = home.region, endpoint = control.plain, project_id = home.id, timeout = 300, proxy = "",
    credentials = { access_key = fixtures.keys.home.ak, secret_key = fixtures.keys.home.sk },
  })
end

local function id_of(kind, vault, n)
  return ("%s-%04d-4000-8000-%012d"):format(kind, n or 0, vault)
end

-- Makes the vaults, and replicates each vault. Returns the time of the sandbox's clock.
local function make_vaults(backups_of_each)
  control.reset()
  local forward = 0
  for first = 1, VAULTS, 20 do
    local vaults, backups = {}, {}
    for v = first, math.min(first + 19, VAULTS) do
      vaults[id_of("0a0170aa", v)] = { name = ("bench_%03d"):format(v), kind = "server", project = "home", size = 1e6 }
      for n = 1, backups_of_each do
        backups[id_of("0bac0bac", v, n)] = {
          vault_id = id_of("0a0170aa", v), size = SMALL_GB, age = n * HOUR, name = ("backup_%d_%d"):format(v, n),
          resource_id = id_of("0e50bce5", v, n % RESOURCES), resource_name = ("server_%d_%d"):format(v, n % RESOURCES),
        }
      end
    end
    control.patch { vaults = vaults }
    control.patch { backups = backups }
  end
  control.patch { vaults = { replicas = { size = 1e9 } } }
  local client = new_client()
  local _, errors = cbr.map((function()
    local list = {}
    for v = 1, VAULTS do
      list[v] = id_of("0a0170aa", v)
    end
    return list
  end)(), function(vault_id)
    return client:replicate {
      vault_id = vault_id, destination_region = east.region, destination_project_id = east.id,
      destination_vault_id = replicas,
    }
  end, { concurrency = 4 })
  for _, err in pairs(errors) do
    error(tostring(err), 0)
  end
  client:close()
  control.forward(HOUR)
  forward = forward + HOUR
  return os.time() + forward
end

-- Returns a size from /proc/self/status in MB.
local function memory(name)
  for line in io.lines "/proc/self/status" do
    local kilobytes = line:match("^" .. name .. ":%s*(%d+) kB")
    if kilobytes then
      return tonumber(kilobytes) / 1024
    end
  end
end

-- Resets the peak of the resident memory that the kernel keeps for this process.
local function forget_peak()
  local file = io.open("/proc/self/clear_refs", "w")
  if file then
    file:write "5"
    file:close()
  end
end

local function measure(backups_of_each)
  local now, client = make_vaults(backups_of_each), new_client()
  client:show_vault { vault_id = id_of("0a0170aa", 1) } -- loads all modules and opens a connection
  control.clear_requests()
  collectgarbage()
  collectgarbage()
  local before, resident = collectgarbage "count", memory "VmRSS"
  forget_peak()
  local began, cpu = os.time(), os.clock()
  local report = cbr.assert(dr.copies(client, {
    name_prefix = "bench_", rpo = "26h", at = now, destinations = {
      { region = east.region, project_id = east.id, vault_id = replicas },
    },
    on_progress = function(progress)
      io.stderr:write(("\r%-10s %d/%d "):format(progress.phase, progress.done, progress.total))
    end,
  }))
  cpu = os.clock() - cpu
  local peak = memory "VmHWM" - resident
  collectgarbage()
  local kept = collectgarbage "count" - before
  local requests, names = {}, {}
  for _, request in ipairs(control.requests()) do
    requests[request.operation] = (requests[request.operation] or 0) + 1
  end
  for name, count in pairs(requests) do
    names[#names + 1] = ("%s %d"):format(name, count)
  end
  table.sort(names)
  client:close()
  io.stderr:write "\r"
  print(("%d vaults, %d backups, %d resources: requests: %s; peak %.1f MB, kept %.1f MB, CPU %.1f s, %d s; "
    .. "%d compliant of %d"):format(VAULTS, VAULTS * backups_of_each, report.totals.resources,
    table.concat(names, ", "), peak, kept / 1024, cpu, os.time() - began, report.totals.compliant,
    report.totals.rows))
end

if arg[4] == "one" then
  measure(BACKUPS)
  return
end
-- Each line needs a new process: a process does not return all memory that it has used.
for _, backups in ipairs { math.max(RESOURCES, math.floor(BACKUPS / 5)), BACKUPS } do
  local ok = os.execute(("%s bench/survey.lua %d %d %d one"):format(arg[-1], VAULTS, backups, RESOURCES))
  if not ok then
    os.exit(1)
  end
end
