--- The environment variables that tell clients, SDKs, the recipes and the examples about the fixtures.

local fixtures = require "sandbox.fixtures"

local exports = {
  { "CBR_REGION", fixtures.projects.home.region },
  { "HUAWEICLOUD_SDK_AK", fixtures.keys.home.ak },
  { "HUAWEICLOUD_SDK_SK", fixtures.keys.home.sk },
  { "HUAWEICLOUD_SDK_PROJECT_ID", fixtures.projects.home.id },
  -- for the recipes and examples
  { "VAULT_ID", fixtures.vaults.server.id },
  { "DESTINATION_PROJECT_ID", fixtures.projects.east.id },
  { "DESTINATION_REGION", fixtures.projects.east.region },
  { "DESTINATION_VAULT_ID", fixtures.vaults.replicas.id },
  { "MIXED_VAULT_ID", fixtures.vaults.mixed.id }, -- the replication of one of this vault's backups will fail
  { "HYBRID_VAULT_ID", fixtures.vaults.hybrid.id },
}

-- Every region of the fixtures has the same address.
local regions = {}
for _, region in pairs(fixtures.regions) do
  regions[region] = true
end
for _, project in pairs(fixtures.projects) do
  regions[project.region] = true
end

--- Writes the variables to `file`, as shell lines for sandbox/run. sandbox/run waits for the file, so the file
-- appears only when it is complete.
-- `api`: URL of the API. `machine`: URL of the metadata port.
function exports.write(file, api, machine)
  local handle = assert(io.open(file .. ".new", "w"))
  local function give(name, value)
    handle:write(("give %s '%s'\n"):format(name, value))
  end
  for _, pair in ipairs(exports) do
    give(pair[1], pair[2])
  end
  give("CBR_SANDBOX_METADATA", machine)
  give("CBR_SANDBOX_CONTAINER", machine .. fixtures.container.path)
  give("HUAWEICLOUD_SDK_IAM_ENDPOINT", api)
  give("HUAWEICLOUD_SDK_STS_ENDPOINT", api)
  for region in pairs(regions) do
    local name = region:upper():gsub("%-", "_")
    give("HUAWEICLOUD_SDK_REGION_CBR_" .. name, api)
  end
  handle:close()
  assert(os.rename(file .. ".new", file))
end

return exports
