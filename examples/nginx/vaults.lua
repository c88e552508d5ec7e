-- The vaults that are replicated, and how often. This file is for the sandbox. For the cloud, replace os.getenv by your
-- ids.
--
-- nginx's master reads this file at its start and on each reload. Times are in seconds. README.md lists all settings.

local destinations = {
  {
    region = os.getenv "DESTINATION_REGION", project_id = os.getenv "DESTINATION_PROJECT_ID",
    vault_id = os.getenv "DESTINATION_VAULT_ID",
  },
}

return {
  client = { region = os.getenv "CBR_REGION", project_id = os.getenv "HUAWEICLOUD_SDK_PROJECT_ID" },
  poll_interval = 1, retry_pause = 5, survey_interval = 10,
  vaults = {
    { name = "servers", interval = 30, vault_id = os.getenv "VAULT_ID", destinations = destinations },
    {
      name = "mixed", interval = 45, vault_id = os.getenv "MIXED_VAULT_ID", destinations = destinations,
      select = { newest = 5 }, -- the five newest backups of each resource are replicated
    },
  },
}
