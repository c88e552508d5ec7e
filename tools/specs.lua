-- Checks that every module and every C file has a spec of its name, so that the tests of a file are easy to find:
--   lua/cbr/loop/map.lua -> spec/loop/map_spec.lua    lua/cbr/client.lua -> spec/unit/client_spec.lua
--   cli/cbr_cli/run.lua  -> spec/cli/run_spec.lua
--   lua/cbr.lua          -> spec/unit/cbr_spec.lua    src/signer.c       -> spec/core/signer_spec.lua

local source = require "tools.source"

local function spec_of(file)
  local name = file:match "^lua/cbr/(.+)%.lua$" or file:match "^lua/(.+)%.lua$"
  local command = file:match "^cli/cbr_cli/(.+)%.lua$"
  if command then
    return ("spec/cli/%s_spec.lua"):format(command)
  elseif name then
    return ("spec/%s_spec.lua"):format(name:find "/" and name or "unit/" .. name)
  end
  return ("spec/core/%s_spec.lua"):format(file:match "^src/(.+)%.c$")
end

local specs = {}
for _, file in ipairs(source.files("spec", "_spec.lua")) do
  specs[file] = true
end

local faults, count = {}, 0
for _, files in ipairs { source.files "lua cli", source.files("src", ".c") } do
  for _, file in ipairs(files) do
    count = count + 1
    local spec = spec_of(file)
    if not specs[spec] then
      faults[#faults + 1] = ("%s has no spec: %s does not exist"):format(file, spec)
    end
  end
end

source.finish(faults, ("each of %d modules has a spec of its name"):format(count))
