-- The vaults that are replicated, and how often. This one is the sandbox's; yours has ids in place of os.getenv.
--
-- Read by nginx's master when it starts and on each reload. Times are seconds; what else can be set is in README.md.

local destination = {
  destination_project_id = os.getenv "DESTINATION_PROJECT_ID",
  destination_region = os.getenv "DESTINATION_REGION",
  destination_vault_id = os.getenv "DESTINATION_VAULT_ID",
}

-- name, interval, and the parameters of client:replicate
local function vault(name, interval, vault_id)
  return {
    name = name, interval = interval, vault_id = vault_id, auto_trigger = true,
    destination_project_id = destination.destination_project_id,
    destination_region = destination.destination_region,
    destination_vault_id = destination.destination_vault_id,
  }
end

return {
  client = { region = os.getenv "CBR_REGION", project_id = os.getenv "HUAWEICLOUD_SDK_PROJECT_ID" },
  look = 1, pause = 5,
  vaults = {
    vault("servers", 30, os.getenv "VAULT_ID"),
    vault("mixed", 45, os.getenv "MIXED_VAULT_ID"),
  },
}
