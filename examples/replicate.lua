-- Replicates the backups of a vault to another region, then takes new backups
-- into a hybrid-cloud vault; prints what the service answered.
--
-- Keys, project and region come from the environment (HUAWEICLOUD_SDK_AK,
-- HUAWEICLOUD_SDK_SK, HUAWEICLOUD_SDK_PROJECT_ID, CBR_REGION), the rest from here:
local vault_id = os.getenv "VAULT_ID"
local destination = {
  project_id = os.getenv "DESTINATION_PROJECT_ID",
  region = os.getenv "DESTINATION_REGION",
  vault_id = os.getenv "DESTINATION_VAULT_ID",
}
local hybrid_vault_id = os.getenv "HYBRID_VAULT_ID"

local cbr = require "cbr"

local function show(name, value, indent)
  indent = indent or ""
  if type(value) ~= "table" then
    print(("%s%s = %s"):format(indent, name, tostring(value)))
    return
  end
  print(indent .. name)
  local keys = {}
  for key in pairs(value) do
    keys[#keys + 1] = key
  end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(keys) do
    show(tostring(key), value[key], indent .. "  ")
  end
end

local function stop(err)
  io.stderr:write(tostring(err), "\n")
  os.exit(1)
end

local client, err = cbr.new()
if not client then
  stop(err)
end

local replication
replication, err = client:replicate {
  vault_id = vault_id,
  destination_project_id = destination.project_id,
  destination_region = destination.region,
  destination_vault_id = destination.vault_id,
}
if not replication then
  stop(err)
end
show("replication", replication)

if hybrid_vault_id then
  local sync
  sync, err = client:sync { vault_id = hybrid_vault_id }
  if not sync then
    stop(err)
  end
  show("sync", sync)
end

client:close()
