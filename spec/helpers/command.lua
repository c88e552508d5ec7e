--- Runs the command cbr in a process of the Lua version under test, and loads the modules of the command.

local cjson = require "cjson"
local socket = require "socket"
local support = require "spec.helpers.support"

package.path = "cli/?.lua;" .. package.path

-- The modules of the command run in the locale that cbr_cli.main sets.
os.setlocale "C"
cjson.new() -- new() makes cjson read the decimal point of the locale again

local command = {}

command.lua = os.getenv "CBR_LUA" or "lua5.4"

local function quote(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

--- Returns the command line for the shell. The command finds no metadata service, and reads no profile.
---@param arguments string
---@param variables? table<string, string|false> false: unset
---@return string
function command.line(arguments, variables)
  local words, all = { "env", "CBR_METADATA_ENDPOINT=http://127.0.0.1:9" }, { HOME = "/nonexistent" }
  support.merge(all, variables)
  for name, value in pairs(all) do
    table.insert(words, value and #words + 1 or 2, value and name .. "=" .. quote(value) or "-u " .. name)
  end
  words[#words + 1] = ("%s cli/cbr %s"):format(command.lua, arguments)
  return table.concat(words, " ")
end

--- Runs the command to its end.
---@param arguments string
---@param variables? table<string, string|false>
---@return string output
---@return integer status
---@return string errors
function command.run(arguments, variables)
  local name = os.tmpname()
  local line = command.line(arguments, variables)
  local pipe = assert(io.popen(("%s 2>%s </dev/null; echo \"status $?\""):format(line, name)))
  local output = pipe:read "*a"
  pipe:close()
  local errors = support.read(name)
  os.remove(name)
  local text, status = output:match "^(.*)status (%d+)\n$"
  return text, tonumber(status), errors
end

--- Runs the command on a terminal of its own. Returns what the terminal showed; nil if there is no script(1).
---@param arguments string
---@param variables? table<string, string>
---@return string? output
function command.on_terminal(arguments, variables)
  if not select(2, support.run "script -qec true /dev/null") then
    return nil
  end
  local name = os.tmpname()
  support.run(("script -qec %s %s </dev/null"):format(quote(command.line(arguments, variables)), name))
  local output = support.read(name)
  os.remove(name)
  return (output:gsub("^Script started on [^\n]*\n", ""):gsub("\n?Script done on [^\n]*\n$", ""))
end

--- Runs the command with --json, and decodes its output.
---@param arguments string
---@param variables? table<string, string|false>
---@return table value
---@return integer status
---@return string output
function command.json(arguments, variables)
  local output, status = command.run(arguments .. " --json", variables)
  return cjson.decode(output), status, output
end

--- Runs the command, and interrupts it as Ctrl-C does as soon as `is_ready` returns true.
---@param arguments string
---@param is_ready fun(): boolean
---@return string output
---@return integer status
---@return string errors
function command.interrupt(arguments, is_ready)
  local names = { os.tmpname(), os.tmpname(), os.tmpname(), os.tmpname() } -- of errors, output, process id, status
  support.run(("{ %s 2>%s >%s & echo $! >%s; wait $!; echo $? >%s; } >/dev/null 2>&1 & true"):format(
    command.line(arguments), names[1], names[2], names[3], names[4]))
  local pid
  local ends = socket.gettime() + 60 * support.patience
  repeat
    socket.sleep(0.02)
    pid = support.read(names[3]):match "^(%d+)\n"
    assert(socket.gettime() < ends, "the command did not come to the point at which it is interrupted")
  until pid and is_ready()
  -- The process waits for a response now, or for the next poll, so the signal can come at any time.
  support.run(("sleep 0.2; kill -INT %s; for i in $(seq 600); do test ! -s %s || break; sleep 0.05; done"):format(
    pid, names[4]))
  local errors, output, status = support.read(names[1]), support.read(names[2]), support.read(names[4])
  for _, name in ipairs(names) do
    os.remove(name)
  end
  return output, tonumber(status), errors
end

command.REPLICATE = "replicate --destination-region cn-east-3 --destination-vault replicas --interval 0.1 --vault "

return command
