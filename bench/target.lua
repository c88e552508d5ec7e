--- The call that every contestant makes, and who makes it.

local target = {
  endpoint = os.getenv "BENCH_ENDPOINT" or os.getenv "CBR_SANDBOX_PLAIN",
  project_id = os.getenv "HUAWEICLOUD_SDK_PROJECT_ID",
  credentials = {
    access_key = os.getenv "HUAWEICLOUD_SDK_AK",
    secret_key = os.getenv "HUAWEICLOUD_SDK_SK",
  },
  warm_up = 200, -- calls
}

--- Path and query: an answer of 200 bytes, `delay` seconds late.
---@param delay? string
function target.path(project)
  return "/v3/" .. project .. "/echo"
end

function target.query(delay)
  return { bytes = 200, delay = delay }
end

return target
