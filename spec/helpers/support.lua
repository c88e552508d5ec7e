--- Functions that many specs need: clients for the sandbox, faults, and measurements of this process.

local cbr = require "cbr"
local lfs = require "lfs"
local sandbox = require "sandbox.control"

local support = {}

support.sandbox = sandbox
support.fixtures = sandbox.fixtures

--- Adds `changes` to a table, or replaces values of the table. Returns the table.
---@param changes? table
function support.merge(base, changes)
  for name, value in pairs(changes or {}) do
    base[name] = value
  end
  return base
end

--- Credentials with one of the sandbox's access keys, which is found by its name in the fixtures.
function support.keys(name)
  local key = support.fixtures.keys[name]
  return { access_key = key.ak, secret_key = key.sk, security_token = key.security_token }
end

--- Parameters of a replicate that the service accepts. `changes` are added, or replace parameters.
function support.replicate_params(changes)
  local fixtures = support.fixtures
  local params = {
    vault_id = fixtures.vaults.server.id,
    destination_project_id = fixtures.projects.east.id,
    destination_region = fixtures.projects.east.region,
    destination_vault_id = fixtures.vaults.replicas.id,
  }
  return support.merge(params, changes)
end

--- Places a replication of a vault that is found by its name in the fixtures.
function support.replicate(client, vault)
  return assert(client:replicate(support.replicate_params { vault_id = support.fixtures.vaults[vault].id }))
end

--- Every time limit is multiplied by this factor. It is more than 1 where the process is slow, as under valgrind.
support.patience = tonumber(os.getenv "CBR_SPEC_PATIENCE") or 1

--- Options for a client that uses the sandbox over TLS, with the account `home`.
function support.options(changes)
  local fixtures = support.fixtures
  local options = {
    endpoint = sandbox.tls,
    ca_file = sandbox.ca,
    project_id = fixtures.projects.home.id,
    credentials = support.keys "home",
    proxy = "",
    timeout = 10 * support.patience,
  }
  return support.merge(options, changes)
end

function support.client(changes)
  return assert(cbr.new(support.options(changes)))
end

--- A client that makes one attempt for each call, and does not search for lost orders.
function support.single_attempt_client(changes)
  local options = support.options { max_attempts = 1, reconcile = false }
  support.merge(options, changes)
  return assert(cbr.new(options))
end

--- Makes the sandbox lose the response to the next call of an operation: the call is processed, then the connection is
-- reset. `fault` names another fault, and `fields` are added to the fault.
function support.lose_response(operation, fault, fields)
  local armed = { call = operation, fault = fault or "reset_after" }
  support.merge(armed, fields)
  support.sandbox.fault(armed)
end

--- Replaces core.monotonic by a clock that stands still, for tests of delays of several minutes. The caller sets the
-- clock's field `now`, and calls `restore` at the end.
---@return { now: number, restore: fun() }
function support.frozen_clock()
  local core = require "cbr.core"
  local real, clock = core.monotonic, { now = 1024 }
  core.monotonic = function() return clock.now end
  function clock.restore() core.monotonic = real end
  return clock
end

--- Replaces core.monotonic by a clock that runs, and that the caller sets forward by the clock's field `ahead`. So a
-- timeout passes, or a key ages, at the moment that the test chooses. The caller calls `restore` at the end.
---@return { ahead: number, restore: fun() }
function support.shifted_clock()
  local core = require "cbr.core"
  local real, clock = core.monotonic, { ahead = 0 }
  core.monotonic = function() return real() + clock.ahead end
  function clock.restore() core.monotonic = real end
  return clock
end

--- Waits up to ten seconds until `count` returns `expected`, for numbers that become right a little later: an ended
-- thread is counted for a moment, and what was sent arrives a moment later.
---@param expected any
---@param count fun(): any
---@return any value what `count` returned last
function support.soon(expected, count)
  local socket = require "socket"
  local ends = socket.gettime() + 10
  local value = count()
  while value ~= expected and socket.gettime() < ends do
    socket.sleep(0.01)
    value = count()
  end
  return value
end

--- A list that contains `thing` `count` times.
function support.list(count, thing)
  local list = {}
  for i = 1, count do
    list[i] = thing
  end
  return list
end

--- How many requests of an operation reached the sandbox.
function support.count(operation)
  local count = 0
  for _, request in ipairs(sandbox.requests()) do
    count = count + (request.operation == operation and 1 or 0)
  end
  return count
end

--- How many connections the requests in the sandbox's log used.
function support.connections()
  local seen, count = {}, 0
  for _, request in ipairs(sandbox.requests()) do
    if not seen[request.connection] then
      seen[request.connection], count = true, count + 1
    end
  end
  return count
end

--- Writes a temporary file, which the caller has to remove. Returns the name of the file.
function support.file(text, mode)
  local name = os.tmpname()
  local file = assert(io.open(name, "wb"))
  file:write(text)
  file:close()
  support.run(("chmod %s %s"):format(mode or "600", name))
  return name
end

--- How many descriptors this process has open.
function support.descriptors()
  local count = 0
  for _ in lfs.dir "/proc/self/fd" do
    count = count + 1
  end
  return count
end

--- Resident memory of this process in bytes.
function support.memory()
  local file = assert(io.open "/proc/self/statm")
  local resident = file:read "*l":match "^%d+ (%d+)"
  file:close()
  return tonumber(resident) * 4096
end

local MONTHS = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" }
local WEEKDAYS = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" }

--- The value of the header Date for a time (RFC 9110, 5.6.7). os.date would write the names of days and months in the
-- language of the locale.
---@param time? integer seconds since the epoch; default: now
---@return string
function support.http_date(time)
  local at = os.date("!*t", time)
  local clock = ("%02d:%02d:%02d"):format(at.hour, at.min, at.sec)
  return ("%s, %02d %s %04d %s GMT"):format(WEEKDAYS[at.wday], at.day, MONTHS[at.month], at.year, clock)
end

--- Reads a whole file.
function support.read(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

--- Whether this process uses libcurl 7 with GnuTLS (see docs/platforms.md).
support.has_old_gnutls = cbr.versions().tls:find "^GnuTLS" ~= nil and cbr.versions().libcurl:find "^7" ~= nil

--- Runs a command. Returns what the command wrote to standard output and standard error, and whether the exit status
-- was 0.
function support.run(command)
  local pipe = assert(io.popen("{ " .. command .. "; } 2>&1; echo \"status $?\"", "r"))
  local output = pipe:read "*a"
  pipe:close()
  local text, status = output:match "^(.*)status (%d+)\n$"
  return text, status == "0"
end

--- Compiles a program of spec/helpers/programs as a library that can be preloaded. Returns the library's file, which
-- the caller has to remove.
function support.preloadable(program)
  local file = os.tmpname()
  local output, ok = support.run(("cc -shared -fPIC -o %s spec/helpers/programs/%s.c"):format(file, program))
  assert(ok, output)
  return file
end

--- The pattern of a policy that runs every day, twelve hours from now, so that it does not run during a test.
function support.daily_pattern()
  return ("FREQ=DAILY;INTERVAL=1;BYHOUR=%d;BYMINUTE=0"):format((os.date("!*t").hour + 12) % 24)
end

--- Whether the CPU is emulated. If so, the memory of this process includes the memory of the emulator.
support.is_emulated = os.getenv "CBR_SPEC_EMULATED" ~= nil

--- Whether strace can trace a program. It cannot do this where the CPU is emulated.
function support.can_trace()
  return select(2, support.run "strace -qq -o /dev/null true")
end

return support
