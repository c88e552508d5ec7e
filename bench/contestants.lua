--- Who is measured, how each is started, and what it said.

local target = require "bench.target"

local contestants = { names = { "floor", "cbr", "node", "lua_http" } }

local BUILD = "build/bench/"
local SCRATCH = os.getenv "CBR_SANDBOX_DIR"

-- Debian has lua-http for 5.1 to 5.3 and its C parts for 5.4 too; on LuaJIT it would be another race.
local LUA_HTTP = "LUA_PATH='/usr/share/lua/5.3/?.lua;/usr/share/lua/5.3/?/init.lua;/usr/share/lua/5.1/?.lua;./?.lua;;' "

local function quoted(text)
  return "'" .. tostring(text):gsub("'", "'\\''") .. "'"
end

--- Runs a command. -> its standard output; or nil and the last line of what it said
function contestants.run(command)
  local log = SCRATCH .. "/bench.log"
  local pipe = assert(io.popen("{ " .. command .. "; } 2>" .. quoted(log)))
  local output = pipe:read "a"
  if pipe:close() then
    return output
  end
  local file, last = io.open(log), nil
  for line in file and file:lines() or function() end do
    local is_trace = line:find "^%s" or line:find "^stack traceback"
    last = line:find "%S" and not is_trace and line or last
  end
  return nil, last or "it ended without a word"
end

local function in_order(parts)
  local words = {}
  for i, part in ipairs(parts) do
    words[i] = quoted(part)
  end
  return table.concat(words, " ")
end

-- The request signed just now, as a file.
local function signed(delay)
  local name = SCRATCH .. "/bench.signed"
  assert(contestants.run("lua5.4 bench/signed.lua " .. (delay or "") .. " >" .. quoted(name)))
  return name
end

local commands = {}

function commands.floor(mode, calls, at_a_time, delay)
  return BUILD .. "floor " .. in_order { mode, signed(delay), calls, at_a_time }
end

function commands.cbr(...)
  return "lua5.4 bench/cbr.lua " .. in_order { ... }
end

function commands.node(...)
  local modules = (os.getenv "CBR_OFFICIAL_DIR" or "spec/official") .. "/node_modules"
  return ("NODE_PATH=%s node bench/node.js "):format(quoted(modules)) .. in_order { ... }
end

function commands.lua_http(...)
  return LUA_HTTP .. "lua5.4 bench/lua_http.lua " .. in_order { ... }
end

--- Fields of a line of `name=number`s.
function contestants.fields(line)
  local fields = {}
  for name, value in line:gmatch "(%w+)=(%-?[%d.e+-]+)" do
    fields[name] = tonumber(value)
  end
  return fields
end

--- CPU seconds of a process so far.
function contestants.cpu_of(pid)
  local file = assert(io.open(("/proc/%s/stat"):format(pid)))
  local user, system = file:read "a":match "%) %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ (%d+) (%d+)"
  file:close()
  return (user + system) / 100
end

--- CPU seconds of the sandbox so far.
function contestants.sandbox_cpu()
  local file = assert(io.open(SCRATCH .. "/nginx.pid"))
  local pid = file:read "l"
  file:close()
  return contestants.cpu_of(pid)
end

--- Measures one: within it, or with `whole` its process from start to end.
---@param name string
---@param whole boolean
---@return table<string, number>? figures calls, cpu and wall (s), memory (bytes), busy (the sandbox's CPU by wall)
---@return string? reason
function contestants.measure(name, whole, ...)
  local command = commands[name](...)
  if whole then
    command = command:gsub("lua5.4 ", BUILD .. "spent %0", 1)
    if command:find("spent", 1, true) == nil then
      command = command:gsub("node bench", BUILD .. "spent %0", 1):gsub("^" .. BUILD .. "floor", BUILD .. "spent %0", 1)
    end
  end
  local served = contestants.sandbox_cpu()
  local output, reason = contestants.run("ulimit -S -n $(ulimit -H -n); " .. command)
  if not output then
    return nil, reason
  end
  local figures = contestants.fields(output)
  local measured = figures.calls / (figures.calls + target.warm_up)
  figures.busy = (contestants.sandbox_cpu() - served) * measured / figures.wall
  return figures
end

--- Those that can run here; for the others, why not.
---@return string[] names
---@return table<string, string> missing
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
