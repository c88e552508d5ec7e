--- Credentials from the environment variables of the official SDKs, and from those of OpenStack tools, which users of
-- Open Telekom Cloud have.

local federated = require "cbr.credentials.federated"
local password = require "cbr.credentials.password"
local static = require "cbr.credentials.static"

local environment = {}

-- In order of precedence: the first set counts of which a mandatory variable is set. A set with `only_complete` counts
-- only if all of its mandatory variables are set, as in the official SDKs.
local SETS = {
  { source = federated.source, only_complete = true, fields = {
    { "idp_id", "HUAWEICLOUD_SDK_IDP_ID" },
    { "id_token_file", "HUAWEICLOUD_SDK_ID_TOKEN_FILE" },
  } },
  { source = static.source, fields = {
    { "access_key", "HUAWEICLOUD_SDK_AK" },
    { "secret_key", "HUAWEICLOUD_SDK_SK" },
    { "security_token", "HUAWEICLOUD_SDK_SECURITY_TOKEN", optional = true },
  } },
  { source = static.source, fields = {
    { "access_key", "OS_ACCESS_KEY" },
    { "secret_key", "OS_SECRET_KEY" },
    { "security_token", "OS_SECURITY_TOKEN", optional = true },
  } },
  { source = static.source, fields = { { "token", "OS_TOKEN", "OS_AUTH_TOKEN" } } },
  { source = password.source, fields = {
    { "username", "OS_USERNAME" },
    { "password", "OS_PASSWORD" },
    { "domain_name", "OS_USER_DOMAIN_NAME", "OS_DOMAIN_NAME" },
    { "project_id", "OS_PROJECT_ID", "OS_TENANT_ID", optional = true },
    { "project_name", "OS_PROJECT_NAME", "OS_TENANT_NAME", optional = true },
  } },
}

-- Returns the values; whether a mandatory variable is set; and the first mandatory variable that is not set.
local function read(fields, getenv)
  local values, any, missing = {}, false, nil
  for _, field in ipairs(fields) do
    for i = 2, #field do
      values[field[1]] = values[field[1]] or getenv(field[i])
    end
    if values[field[1]] then
      any = any or not field.optional
    elseif not field.optional then
      missing = missing or field[2]
    end
  end
  return values, any, missing
end

--- Makes the source. The variables are read once, because the environment of a running process does not change.
---@param getenv fun(name: string): string?
---@return function? source
---@return string? reason names the variable that is missing; contains no secret
function environment.source(getenv)
  local missing_of_incomplete
  for _, set in ipairs(SETS) do
    local values, any, missing = read(set.fields, getenv)
    if any and not missing then
      return set.source(values)
    elseif any and not set.only_complete then
      return nil, missing .. " is not set"
    end
    missing_of_incomplete = missing_of_incomplete or any and missing
  end
  return nil, (missing_of_incomplete or "HUAWEICLOUD_SDK_AK") .. " is not set"
end

return environment
