-- Every Lua process that tools/surroundings starts runs this file first, through LUA_INIT. The file sets up the unusual
-- locale, time zone or limit for the process.

os.setlocale("", "all")

-- The limit of open descriptors is for the process that runs the specs, not for the programs that this process starts.
local descriptors = os.getenv "CBR_SPEC_DESCRIPTORS"
if descriptors then
  local popen, execute = io.popen, os.execute
  local raise = ("ulimit -S -n %s; "):format(descriptors)
  io.popen = function(command, mode) -- luacheck: ignore 122
    return popen(raise .. command, mode)
  end
  os.execute = function(command) -- luacheck: ignore 122
    return execute(command and raise .. command)
  end
end
