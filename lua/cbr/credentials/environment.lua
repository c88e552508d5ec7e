--- Credentials from the environment variables of the official SDKs, and from variables of OpenStack tools, which users
-- of Open Telekom Cloud have.

local errors = require "cbr.errors"
local forms = require "cbr.credentials.forms"
local late = require "cbr.util.late"
local log = require "cbr.util.log"
local static = require "cbr.credentials.static"

local environment = {}

local function from(module)
  return late.call(late.module(module), "source", forms.config_error)
end

-- The sets of variables, in order of precedence. The first set that counts is used. A set counts if one of its
-- mandatory variables is set; with `only_complete`, only if all of them are set, as in the official SDKs. An optional
-- variable with `needs_others` is useless without the mandatory ones.
local SETS = {
  { source = from "cbr.credentials.federated", only_complete = true, fields = {
    { "idp_id", "HUAWEICLOUD_SDK_IDP_ID" },
    { "id_token_file", "HUAWEICLOUD_SDK_ID_TOKEN_FILE" },
  } },
  { source = static.source, fields = {
    { "access_key", "HUAWEICLOUD_SDK_AK" },
    { "secret_key", "HUAWEICLOUD_SDK_SK" },
    { "security_token", "HUAWEICLOUD_SDK_SECURITY_TOKEN", optional = true, needs_others = true },
  } },
  { source = static.source, fields = {
    { "access_key", "OS_ACCESS_KEY" },
    { "secret_key", "OS_SECRET_KEY" },
    { "security_token", "OS_SECURITY_TOKEN", optional = true, needs_others = true },
  } },
  { source = static.source, fields = { { "token", "OS_TOKEN", "OS_AUTH_TOKEN" } } },
  { source = from "cbr.credentials.password", fields = {
    { "username", "OS_USERNAME" },
    { "password", "OS_PASSWORD" },
    { "domain_name", "OS_USER_DOMAIN_NAME", "OS_DOMAIN_NAME" },
    { "project_id", "OS_PROJECT_ID", "OS_TENANT_ID", optional = true },
    { "project_name", "OS_PROJECT_NAME", "OS_TENANT_NAME", optional = true },
  } },
}

---@class cbr.VariableSet
---@field values table<string, string> name of a field -> value of its variable
---@field names table<string, string> name of a field -> its variable that is set, or its first variable if none is set
---@field counts boolean a mandatory variable of the set is set, so that the set can be used
---@field present? string a variable that is set, and is mandatory or useless without the mandatory ones
---@field missing? string the first mandatory variable that is not set

local function read(fields, getenv)
  local set = { values = {}, names = {}, counts = false }
  for _, field in ipairs(fields) do
    local name = field[1]
    for i = 2, #field do
      if not set.values[name] then
        set.values[name] = getenv(field[i])
        set.names[name] = set.values[name] and field[i] or set.names[name] or field[2]
      end
    end
    if not set.values[name] then
      set.missing = set.missing or not field.optional and field[2] or nil
    elseif not field.optional or field.needs_others then
      set.counts = set.counts or not field.optional
      set.present = set.present or set.names[name]
    end
  end
  return set
end

-- Makes the error of a set of variables that is complete, but has a value that cannot be used.
local function unusable(set, reason)
  if errors.is(reason) then
    return reason
  end
  local message = reason:gsub("[a-z_]+", set.names) -- the message names the variables instead of the fields
  return errors.new({ kind = "credentials", message = message }, {})
end

-- Returns a source that warns the log function at its first call.
local function with_warning(source, warning)
  return function(client, rejected, deadline)
    if warning then
      log.tell(client, { event = "credentials", source = "environment", warning = warning })
      warning = nil
    end
    return source(client, rejected, deadline)
  end
end

--- Makes the source of credentials in environment variables. The variables are read once, because the environment of a
-- running process does not change.
---@param _ table this source has no fields
---@param getenv fun(name: string): string?
---@return function? source
---@return string|cbr.Error|nil reason a text names the variable that is missing; an error names the variable that
-- cannot be used. Neither contains a secret
---@return string? warning if a set of variables is incomplete
function environment.source(_, getenv)
  local missing, warnings = nil, {}
  for _, entry in ipairs(SETS) do
    local set = read(entry.fields, getenv)
    if set.counts and not set.missing then
      local source, reason = entry.source(set.values)
      if not source then
        return nil, unusable(set, reason)
      end
      return warnings[1] and with_warning(source, table.concat(warnings, "; ")) or source
    elseif set.present and set.missing then
      warnings[#warnings + 1] = ("%s is set, but not used, because %s is not set"):format(set.present, set.missing)
      if set.counts and not entry.only_complete then
        missing = set.missing
        break
      end
      missing = missing or set.counts and set.missing
    end
  end
  return nil, (missing or "HUAWEICLOUD_SDK_AK") .. " is not set", warnings[1] and table.concat(warnings, "; ")
end

--- Says where the credentials are from (see cbr.credentials.sources).
---@return string
function environment.place()
  return "the environment"
end

return environment
