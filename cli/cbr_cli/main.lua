--- Starts the command cbr: loads the libraries that it needs, or reports which one is missing.

-- Loads a library. Returns the module; or nil and a message.
local function load_library(name, hint)
  local ok, library = pcall(require, name)
  if ok then
    return library
  end
  local reason = tostring(library):match "[^\n]*":gsub(":$", "")
  local version = rawget(_G, "jit") and rawget(_G, "jit").version or _VERSION
  return nil, ("cbr: the Lua library %s is missing or cannot be loaded in %s: %s\n%s\n"):format(name, version, reason,
    hint)
end

-- A library comes after the libraries that it needs, so that the first message names the missing library.
local HINTS = {
  { "argparse", "Debian: apt-get install lua-argparse; LuaRocks: luarocks install argparse. Version 0.7.1 is packaged "
    .. "for Lua 5.1 to 5.4: for Lua 5.5, install cbr for one of these versions, too." },
  { "cjson.safe", "Debian: apt-get install lua-cjson; LuaRocks: luarocks install lua-cjson." },
  { "cbr", "Install cbr with make install or LuaRocks, for this version of Lua." },
}

--- Runs the command line.
---@param arguments string[] without the name of the program
---@return integer status see cbr_cli.exit_status; 1 if a library is missing
return function(arguments)
  os.setlocale "C" -- numbers are read and written with a decimal point, also if LUA_INIT has set another locale
  for _, library in ipairs(HINTS) do
    local loaded, message = load_library(library[1], library[2])
    if not loaded then
      io.stderr:write(message)
      return message:find "interrupted!" and 130 or 1
    end
  end
  return require "cbr_cli.run"(arguments)
end
