-- Every Lua process in the surroundings of tools/surroundings runs this file first, through LUA_INIT.

os.setlocale("", "all")

-- The limit of descriptors is for the process of the specs, not for the programs that it starts.
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
