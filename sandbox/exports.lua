--- What of the world a user's shell gets: the variables that clients and the examples read.

local world = require "sandbox.fixtures"

local exports = {
  { "CBR_REGION", world.projects.home.region },
  { "HUAWEICLOUD_SDK_AK", world.keys.home.ak },
  { "HUAWEICLOUD_SDK_SK", world.keys.home.sk },
  { "HUAWEICLOUD_SDK_PROJECT_ID", world.projects.home.id },
  -- for the examples
  { "VAULT_ID", world.vaults.server.id },
  { "DESTINATION_PROJECT_ID", world.projects.east.id },
  { "DESTINATION_REGION", world.projects.east.region },
  { "DESTINATION_VAULT_ID", world.vaults.replicas.id },
  { "MIXED_VAULT_ID", world.vaults.mixed.id }, -- one of its backups will fail
  { "HYBRID_VAULT_ID", world.vaults.hybrid.id },
}

-- Every region that the world knows is served at one address.
local regions = {}
for _, region in pairs(world.regions) do
  regions[region] = true
end
for _, project in pairs(world.projects) do
  regions[project.region] = true
end

--- Writes them as lines of a shell, whole or not at all: whoever waits for the file finds it complete.
function exports.write(file, api, machine)
  local handle = assert(io.open(file .. ".new", "w"))
  local function give(name, value)
    handle:write(("give %s '%s'\n"):format(name, value))
  end
  for _, pair in ipairs(exports) do
    give(pair[1], pair[2])
  end
  give("CBR_SANDBOX_METADATA", machine)
  give("CBR_SANDBOX_CONTAINER", machine .. world.container.path)
  give("HUAWEICLOUD_SDK_IAM_ENDPOINT", api)
  for region in pairs(regions) do
    local name = region:upper():gsub("%-", "_")
    give("HUAWEICLOUD_SDK_REGION_CBR_" .. name, api)
  end
  handle:close()
  assert(os.rename(file .. ".new", file))
end

return exports
