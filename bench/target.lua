--- The call that every contestant makes: its endpoint, credentials, path and query.

local target = {
  endpoint = os.getenv "BENCH_ENDPOINT" or os.getenv "CBR_SANDBOX_PLAIN",
  project_id = os.getenv "HUAWEICLOUD_SDK_PROJECT_ID",
  credentials = {
    access_key = os.getenv "HUAWEICLOUD_SDK_AK",
    secret_key = os.getenv "HUAWEICLOUD_SDK_SK",
  },
  warm_up = 200, -- number of calls before the measurement
  long_delay = "1", -- seconds until the responses of the first calls, so that each call opens its own connection
}

target.poll_interval = 0.3 -- seconds between two polls of a replication

--- The parameters of the replication of a vault.
---@param vault_id string
---@return table
function target.replication(vault_id)
  return {
    vault_id = vault_id, destination_project_id = os.getenv "DESTINATION_PROJECT_ID",
    destination_region = os.getenv "DESTINATION_REGION", destination_vault_id = os.getenv "DESTINATION_VAULT_ID",
  }
end

---@param project_id string
---@return string path
function target.path(project_id)
  return "/v3/" .. project_id .. "/echo"
end

--- The query that asks for a response of 200 bytes.
---@param delay? string seconds before the response
---@return table query
function target.query(delay)
  return { bytes = 200, delay = delay }
end

return target
