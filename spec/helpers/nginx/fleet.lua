--- Two hosts that run examples/nginx, and the Redis server of both, for specs that reload or kill workers, or stop
-- Redis.

local json = require "cbr.util.json"
local lfs = require "lfs"
local socket = require "socket"
local support = require "spec.helpers.support"

local fleet = {}

--- The settings, as text for vaults.lua, that make the replicator fast.
fleet.TIMES = "tick = 0.1, poll_interval = 0.2, timeout = 2, lock = 2.2, search_time = 2.5, retry_pause = 0.3"

--- An interval whose present slot began decades ago and ends in decades. A new Redis is younger than this slot, so that
-- nothing is ordered.
fleet.ENDLESS = math.floor(os.time() * 2 / 3)

--- Waits until a condition gives a value that is neither nil nor false. Returns the value. Raises after 20 seconds.
function fleet.wait_until(expected, condition)
  local deadline = socket.gettime() + 20
  repeat
    local value = condition()
    if value then
      return value
    end
    socket.sleep(0.05)
  until socket.gettime() > deadline
  error("waited in vain for " .. expected, 2)
end

local TOKEN, PASSWORD = "a-token-for-the-spec-0123456789", "a-password-for-redis-9876543210"

local SHELL = [[
here=%(root)/examples/nginx root=%(root) TMPDIR=$CBR_SANDBOX_DIR
CBR_REPLICATOR_TOKEN=%(token) CBR_REDIS_PASSWORD=%(password) CBR_VAULTS=%(vaults)
export CBR_REPLICATOR_TOKEN CBR_REDIS_PASSWORD CBR_VAULTS
%(environment)
%(state)
. %(root)/examples/nginx/hosts.sh
]]

local VAULTS = [[
local function vault(name, interval, vault_id)
  return {
    name = name, interval = interval, vault_id = vault_id,
    destinations = { { project_id = %q, region = %q, vault_id = %q } },
  }
end
return {
  client = { endpoint = %q, ca_file = %q, project_id = %q, proxy = "", settle_time = 1 },
  %s,
  vaults = { %s },
}
]]

local methods = {}
local meta = { __index = methods }

-- Runs a shell script, which can use the functions of hosts.sh. Returns the script's output without trailing white
-- space.
local function shell(hosts, script)
  local fields = { root = lfs.currentdir(), token = TOKEN, password = PASSWORD, vaults = hosts.vaults, state = "" }
  fields.environment = hosts.environment or ""
  if hosts.scratch then
    fields.state = ("scratch=%s redis_port=%s hosts='one two'"):format(hosts.scratch, hosts.redis_port)
  end
  local text = "(" .. SHELL:gsub("%%%((%w+)%)", fields) .. script
  local output, well = support.run(text:gsub("%s+$", "") .. ")")
  assert(well, output)
  return (output:gsub("%s+$", ""))
end

--- Sends a request to one host.
---@param host integer
---@param path string
---@param options? { method?: string, body?: string, headers?: table, token?: string|false }
---@return string body
---@return integer status
---@return table headers
function methods:ask(host, path, options)
  local http, ltn12 = require "socket.http", require "ltn12"
  options = options or {}
  local headers, received = {}, {}
  for name, value in pairs(options.headers or {}) do
    headers[name] = value
  end
  if options.token ~= false then
    headers.Authorization = "Bearer " .. (options.token or TOKEN)
  end
  if options.body then
    headers["Content-Length"] = #options.body
  end
  local _, status, response_headers = http.request {
    url = ("http://127.0.0.1:%d%s"):format(self.ports[host], path), sink = ltn12.sink.table(received),
    method = options.method or options.body and "POST" or "GET", headers = headers,
    source = options.body and ltn12.source.string(options.body) or nil,
  }
  return table.concat(received), status, response_headers
end

--- The status of a host, which the host reports at /status.json.
function methods:status(host)
  return assert(json.decode((self:ask(host, "/status.json"))))
end

--- Runs a Redis command. Returns its output.
function methods:redis(command)
  return shell(self, "ask_redis " .. command)
end

function methods:master(host)
  return support.read(("%s/%s/logs/nginx.pid"):format(self.scratch, host == 1 and "one" or "two")):match "%d+"
end

function methods:workers(host)
  local list = {}
  for pid in support.run("cat /proc/" .. self:master(host) .. "/task/*/children"):gmatch "%d+" do
    list[#list + 1] = pid
  end
  return list
end

--- Reloads the configuration of one host.
function methods:reload(host)
  support.run("kill -HUP " .. self:master(host))
end

--- Kills every worker of a host. The master of this host then starts new workers.
function methods:kill_workers(host)
  support.run("kill -9 " .. table.concat(self:workers(host), " "))
end

function methods:stop_redis()
  shell(self, 'end_by TERM "$scratch/redis.pid"')
end

function methods:start_redis()
  shell(self, "start_redis")
end

--- The record in Redis for one time slot of a vault's schedule; nil if the slot has no record.
---@return table?
function methods:record(name, slot)
  local text = self:redis(("get cbr:slot:%s:%d"):format(name, slot))
  return text ~= "" and json.decode(text) or nil
end

--- Everything that both hosts and the Redis server have written to their logs.
function methods:logs()
  return shell(self, 'cat "$scratch"/*/logs/*.log "$scratch/redis.log"')
end

function methods:stop()
  shell(self, "stop_hosts")
  os.remove(self.vaults)
end

--- Creates a vault with one backup. Replications of the backup are skipped, so the service accepts every new order.
---@return string id
function fleet.endless_vault(n, size)
  local id = ("c0ffee00-0000-4000-8000-%012d"):format(n)
  support.sandbox.patch { vaults = { [id] = { kind = "server", project = "home", size = 1000 } } }
  local fill = { vault_id = id, count = 1, size = size or 1, replication_result = { status = "skip" } }
  support.sandbox.patch { fill = fill }
  return id
end

-- Returns the text of vaults.lua.
local function configuration(rows, times)
  local params, fixtures, calls = support.replicate_params(), support.fixtures, {}
  for i, row in ipairs(rows) do
    calls[i] = ("vault(%q, %d, %q)"):format(row[1], row[2], row[3])
  end
  return VAULTS:format(params.destination_project_id, params.destination_region, params.destination_vault_id,
    support.sandbox.tls, support.sandbox.ca, fixtures.projects.home.id, times, table.concat(calls, ", "))
end

--- Writes another list of vaults, for the next reload.
---@param times? string as for fleet.start; if missing, the times that fleet.start was given
function methods:set_vaults(rows, times)
  local file = assert(io.open(self.vaults, "w"))
  file:write(configuration(rows, times or self.times))
  file:close()
end

--- Starts two hosts of two workers each.
---@param rows { [1]: string, [2]: number, [3]: string }[] name, interval and id of each vault
---@param times string other settings of vaults.lua, as text
---@param environment? string shell assignments for the hosts, such as "export NAME=value"
function fleet.start(rows, times, environment)
  assert(select(2, support.run "make -s LUA_VERSION=5.1"), "the module could not be built for LuaJIT")
  local self = setmetatable({
    vaults = support.file(configuration(rows, times), "644"), times = times, token = TOKEN, password = PASSWORD,
    environment = environment,
  }, meta)
  local output = shell(self, [[
    started=
    trap '[ -n "$started" ] || stop_hosts' EXIT
    start_redis
    start_host one; echo "$port"
    start_host two; echo "$port"
    started=yes
    echo "$redis_port $scratch"
  ]])
  local one, two, redis_port, scratch = output:match "(%d+)\n(%d+)\n(%d+) (%S+)$"
  assert(one, output)
  self.ports, self.redis_port, self.scratch = { tonumber(one), tonumber(two) }, redis_port, scratch
  return self
end

return fleet
