--- Runs the command cbr in a process of the Lua version under test, and loads the modules of the command.

local cjson = require "cjson"
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

--- The command line for the shell. Nothing reaches the metadata service, and no profile is read.
---@param arguments string
---@param variables? table<string, string|false> false: unset
---@return string
function command.line(arguments, variables)
  local words = { "env", "CBR_METADATA_ENDPOINT=http://127.0.0.1:9", "HOME=/nonexistent" }
  for name, value in pairs(variables or {}) do
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

command.REPLICATE = "replicate --destination-region cn-east-3 --destination-vault replicas --interval 0.1 --vault "

return command
