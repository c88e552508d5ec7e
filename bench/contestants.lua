--- Starts each contestant, and reads the figures that the contestant prints.

local target = require "bench.target"

local contestants = { names = { "floor", "cbr", "node", "python", "lua_http" } }

local BUILD = "build/bench/"
local SCRATCH = os.getenv "CBR_SANDBOX_DIR"

-- The module path of lua-http. All contestants written in Lua run on 5.4. Debian has lua-http only for Lua 5.1 to 5.3,
-- but also has the C modules that lua-http needs for 5.4.
local LUA_HTTP = "LUA_PATH='/usr/share/lua/5.3/?.lua;/usr/share/lua/5.3/?/init.lua;/usr/share/lua/5.1/?.lua;./?.lua;;' "

-- Quotes a text for the shell.
local function quoted(text)
  return "'" .. tostring(text):gsub("'", "'\\''") .. "'"
end

local environment = ""

--- Makes the next commands use TLS or plain HTTP. With TLS, all contestants trust the certificates in the file
--- contestants.ca_file().
---@param is_on boolean
function contestants.use_tls(is_on)
  environment = ""
  if is_on then
    local variables = "unset SSL_CERT_DIR; export BENCH_ENDPOINT=%s SSL_CERT_FILE=%s NODE_OPTIONS=--use-openssl-ca; "
    local endpoint = os.getenv "CBR_SANDBOX_TLS":gsub("localhost", "127.0.0.1")
    environment = variables:format(quoted(endpoint), quoted(contestants.ca_file()))
  end
end

--- Runs a command.
---@param command string
---@return string? output the command's standard output; nil if the command failed
---@return string? reason the last line of the command's standard error
function contestants.run(command)
  local log = SCRATCH .. "/bench.log"
  local pipe = assert(io.popen("{ " .. environment .. command .. "; } 2>" .. quoted(log)))
  local output = pipe:read "a"
  if pipe:close() then
    return output
  end
  local file, last = io.open(log), nil
  for line in file and file:lines() or function() end do
    local is_trace = line:find "^%s" or line:find "^stack traceback"
    last = line:find "%S" and not is_trace and line or last
  end
  return nil, last or "it failed without a message"
end

-- Reads a whole file.
local function read(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read "a"
  file:close()
  return text
end

local bundle

--- Writes this system's certificates and the sandbox's CA certificate to one file, so that TLS parses as many
-- certificates as with the real service. Returns the file's name.
function contestants.ca_file()
  if not bundle then
    local system = contestants.run "curl-config --ca":match "%S+"
    bundle = SCRATCH .. "/bench_bundle.pem"
    local file = assert(io.open(bundle, "wb"))
    file:write(read(system), read(SCRATCH .. "/ca.pem"))
    file:close()
  end
  return bundle
end

-- Quotes the arguments of a command. -> the arguments as one text
local function words(parts)
  local list = {}
  for i, part in ipairs(parts) do
    list[i] = quoted(part)
  end
  return table.concat(list, " ")
end

-- Signs the request that floor.c sends, and writes the request to a file. -> the file's name
local function signed_request(delay)
  local name = ("%s/bench.signed%s"):format(SCRATCH, delay or "")
  assert(contestants.run("lua5.4 bench/signed.lua " .. (delay or "") .. " >" .. quoted(name)))
  return name
end

local commands = {}

function commands.floor(mode, calls, at_a_time, delay)
  local late = mode == "warm" and signed_request(target.long_delay) or nil
  return BUILD .. "floor " .. words { mode, signed_request(delay), calls, at_a_time, late }
end

function commands.cbr(...)
  return "lua5.4 bench/cbr.lua " .. words { ... }
end

function commands.node(...)
  local modules = (os.getenv "CBR_OFFICIAL_DIR" or "spec/official") .. "/node_modules"
  return ("NODE_PATH=%s node bench/node.js "):format(quoted(modules)) .. words { ... }
end

function commands.python(...)
  local sdk = os.getenv "HUAWEI_PYTHON_SDK"
  if not sdk then
    return "echo 'HUAWEI_PYTHON_SDK does not name a checkout of the SDK' >&2; exit 1"
  end
  return ("PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=%s /usr/bin/python3 bench/python_sdk.py "):format(
    quoted(sdk .. "/huaweicloud-sdk-core")) .. words { ... }
end

function commands.lua_http(...)
  return LUA_HTTP .. "lua5.4 bench/lua_http.lua " .. words { ... }
end

--- The command of a contestant.
---@param name string
---@param ... any the arguments of the contestant
---@return string
function contestants.command(name, ...)
  return commands[name](...)
end

--- Reads a line of `name=number` fields. Returns the numbers by name.
function contestants.fields(line)
  local fields = {}
  for name, value in line:gmatch "(%w+)=(%-?[%d.e+-]+)" do
    fields[name] = tonumber(value)
  end
  return fields
end

--- The CPU seconds that a process has used so far.
function contestants.cpu_of(pid)
  local file = assert(io.open(("/proc/%s/stat"):format(pid)))
  local user, system = file:read "a":match "%) %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ (%d+) (%d+)"
  file:close()
  return (user + system) / 100
end

--- The CPU seconds that the sandbox has used so far.
function contestants.sandbox_cpu()
  local file = assert(io.open(SCRATCH .. "/nginx.pid"))
  local pid = file:read "l"
  file:close()
  return contestants.cpu_of(pid)
end

--- Runs a contestant once and measures it.
---@param name string
---@param whole boolean true: the whole process is measured; false: the contestant measures its calls, after a warm-up
---@param ... any the arguments of the contestant: mode, calls, calls at a time, delay
---@return table<string, number>? figures calls, cpu and wall (s), memory (bytes), busy (the sandbox's CPU time / wall)
---@return string? reason
function contestants.measure(name, whole, ...)
  local command = commands[name](...)
  if whole then
    command = command:gsub("lua5.4 ", BUILD .. "spent %0", 1)
    if command:find("spent", 1, true) == nil then
      command = command:gsub("node bench", BUILD .. "spent %0", 1):gsub("/usr/bin/python3", BUILD .. "spent %0", 1)
        :gsub("^" .. BUILD .. "floor", BUILD .. "spent %0", 1)
    end
  end
  local cpu_before = contestants.sandbox_cpu()
  local output, reason = contestants.run("ulimit -S -n $(ulimit -H -n); " .. command)
  if not output then
    return nil, reason
  end
  local figures = contestants.fields(output)
  local measured_share = figures.calls / (figures.calls + target.warm_up)
  figures.busy = (contestants.sandbox_cpu() - cpu_before) * measured_share / figures.wall
  return figures
end

--- Finds out which contestants can run here.
---@return string[] names the contestants that can run
---@return table<string, string> missing by the name of each other contestant, why this contestant cannot run
function contestants.present()
  local names, missing = {}, {}
  for _, name in ipairs(contestants.names) do
    local ok, reason = contestants.run(commands[name]("first"))
    if ok then
      names[#names + 1] = name
    else
      missing[name] = reason
    end
  end
  return names, missing
end

return contestants
