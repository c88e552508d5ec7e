--- The call that every contestant makes: its endpoint, credentials, path and query.

local target = {
  endpoint = os.getenv "BENCH_ENDPOINT" or os.getenv "CBR_SANDBOX_PLAIN",
  project_id = os.getenv "HUAWEICLOUD_SDK_PROJECT_ID",
  credentials = {
    access_key = os.getenv "HUAWEICLOUD_SDK_AK",
    secret_key = os.getenv "HUAWEICLOUD_SDK_SK",
  },
  warm_up = 200, -- calls before the measurement
  long_delay = "1", -- seconds before the responses of the calls that open the connections, so that no two use the same
}

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
