--- Credentials from the environment variables of the official SDKs.

local static = require "cbr.credentials.static"

local environment = {}

local VARIABLES = {
  access_key = "HUAWEICLOUD_SDK_AK",
  secret_key = "HUAWEICLOUD_SDK_SK",
  security_token = "HUAWEICLOUD_SDK_SECURITY_TOKEN",
}

--- Reads them once: a running process does not see its environment change.
---@param getenv fun(name: string): string?
---@return function? source
---@return string? reason names the variable that is missing; contains no secret
function environment.source(getenv)
  local found = {}
  for field, variable in pairs(VARIABLES) do
    local value = getenv(variable)
    found[field] = value ~= "" and value or nil
  end
  for field in pairs { access_key = true, secret_key = true } do
    if not found[field] then
      return nil, ("no credentials: none given, and %s is not set"):format(VARIABLES[field])
    end
  end
  local source, reason = static.source(found)
  if not source then
    return nil, "from the environment: " .. reason
  end
  return source
end

return environment
