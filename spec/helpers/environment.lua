--- Sets environment variables for a spec: in a new Lua process, or in this process while a function runs.

local support = require "spec.helpers.support"

local environment = {}

-- Shell words that give some variables the same values as in this process.
local INHERITED = ""
for name in ("LUA_PATH LUA_CPATH LUA_INIT LOCPATH LC_ALL TZ"):gmatch "%S+" do
  INHERITED = os.getenv(name) and ('%s%s="$%s" '):format(INHERITED, name, name) or INHERITED
end

--- Runs Lua code in a new process that has `variables`. Of this process's variables, the new process keeps only PATH,
-- LUA_PATH, LUA_CPATH, LUA_INIT, and the variables of the locale and of the time zone.
---@param variables table<string, string>
---@param code string without single quotes
---@return string output what the process wrote to standard output and standard error
function environment.run(variables, code)
  local words = {}
  for name, value in pairs(variables) do
    words[#words + 1] = ("%s='%s'"):format(name, value)
  end
  local command = ([[env -i PATH="$PATH" %s %s %s -e '%s']]):format(INHERITED,
    table.concat(words, " "), os.getenv "CBR_LUA" or "lua5.4", code)
  return (support.run(command))
end

--- Calls a function while os.getenv gives other values for some variables.
---@param changes table<string, string|false> false: not set
---@param fn function
---@return any result the first result of `fn`; an error of `fn` is raised again
function environment.with(changes, fn)
  local getenv = os.getenv
  os.getenv = function(name) -- luacheck: ignore 122
    if changes[name] ~= nil then
      return changes[name] or nil
    end
    return getenv(name)
  end
  local ok, result = pcall(fn)
  os.getenv = getenv -- luacheck: ignore 122
  if not ok then
    error(result, 0)
  end
  return result
end

return environment
