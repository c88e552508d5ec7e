--- Credentials from the environment variables of the official SDKs, and from those of OpenStack tools that users of
-- Open Telekom Cloud have.

local federated = require "cbr.credentials.federated"
local password = require "cbr.credentials.password"
local static = require "cbr.credentials.static"

local environment = {}

-- In the order in which they count: the first way of which a variable is set is the one meant; `only_whole`: of which
-- all are, as the official SDKs have it.
local WAYS = {
  { source = federated.source, only_whole = true, fields = {
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

-- -> values, whether a mandatory one is set, the variable of the first mandatory one that is not
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

--- Reads them once: a running process does not see its environment change.
---@param getenv fun(name: string): string?
---@return function? source
---@return string? reason names the variable that is missing; contains no secret
function environment.source(getenv)
  local half
  for _, way in ipairs(WAYS) do
    local values, any, missing = read(way.fields, getenv)
    if any and not missing then
      return way.source(values)
    elseif any and not way.only_whole then
      return nil, missing .. " is not set"
    end
    half = half or any and missing
  end
  return nil, (half or "HUAWEICLOUD_SDK_AK") .. " is not set"
end

return environment
