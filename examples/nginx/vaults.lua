-- The vaults that are replicated, and how often. This file is for the sandbox: write your ids in place of os.getenv.
--
-- nginx's master reads it when it starts and on each reload. Times are in seconds. README.md lists all settings.

local destination = {
  destination_project_id = os.getenv "DESTINATION_PROJECT_ID",
  destination_region = os.getenv "DESTINATION_REGION",
  destination_vault_id = os.getenv "DESTINATION_VAULT_ID",
}

-- A vault has a name, an interval, and the parameters of client:replicate.
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
  poll_interval = 1, retry_pause = 5, survey_interval = 10,
  vaults = {
    vault("servers", 30, os.getenv "VAULT_ID"),
    vault("mixed", 45, os.getenv "MIXED_VAULT_ID"),
  },
}
