--- Credentials from the environment variables of the official SDKs, and from those of OpenStack tools, which users of
-- Open Telekom Cloud have.

local errors = require "cbr.errors"
local federated = require "cbr.credentials.federated"
local log = require "cbr.util.log"
local password = require "cbr.credentials.password"
local static = require "cbr.credentials.static"

local environment = {}

-- In order of precedence: the first set with a mandatory variable that is set counts. With `only_complete` all of them
-- must be set, as in the official SDKs. An optional variable with `alone` says by itself that its set is meant.
local SETS = {
  { source = federated.source, only_complete = true, fields = {
    { "idp_id", "HUAWEICLOUD_SDK_IDP_ID" },
    { "id_token_file", "HUAWEICLOUD_SDK_ID_TOKEN_FILE" },
  } },
  { source = static.source, fields = {
    { "access_key", "HUAWEICLOUD_SDK_AK" },
    { "secret_key", "HUAWEICLOUD_SDK_SK" },
    { "security_token", "HUAWEICLOUD_SDK_SECURITY_TOKEN", optional = true, alone = true },
  } },
  { source = static.source, fields = {
    { "access_key", "OS_ACCESS_KEY" },
    { "secret_key", "OS_SECRET_KEY" },
    { "security_token", "OS_SECURITY_TOKEN", optional = true, alone = true },
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

---@class cbr.VariableSet
---@field values table<string, string> by name of the field
---@field names table<string, string> the variable that each field came from, or would come from
---@field is_meant boolean a mandatory variable is set
---@field present? string a variable that is set and shows that the set is meant
---@field missing? string the first mandatory variable that is not set

local function read(fields, getenv)
  local set = { values = {}, names = {}, is_meant = false }
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
    elseif not field.optional or field.alone then
      set.is_meant = set.is_meant or not field.optional
      set.present = set.present or set.names[name]
    end
  end
  return set
end

-- The error for values that are all there and cannot be used.
local function unusable(set, reason)
  if errors.is(reason) then
    return reason
  end
  local message = reason:gsub("[%l_]+", set.names) -- fields by the names of their variables
  return errors.new({ kind = "credentials", message = message }, {})
end

-- The source with a hint for the log hook, once.
local function with_note(source, note)
  return function(client, rejected, deadline)
    if note then
      log.tell(client, { event = "credentials", source = "environment", warning = note })
      note = nil
    end
    return source(client, rejected, deadline)
  end
end

--- Makes the source. The variables are read once, since the environment of a running process does not change.
---@param getenv fun(name: string): string?
---@return function? source
---@return string|cbr.Error|nil reason a text names the variable that is missing; an error is about a value that cannot
-- be used. Contains no secret
---@return string? note where a set of variables is not complete
function environment.source(getenv)
  local missing, notes = nil, {}
  for _, entry in ipairs(SETS) do
    local set = read(entry.fields, getenv)
    if set.is_meant and not set.missing then
      local source, reason = entry.source(set.values)
      if not source then
        return nil, unusable(set, reason)
      end
      return notes[1] and with_note(source, table.concat(notes, "; ")) or source
    elseif set.present and set.missing then
      notes[#notes + 1] = ("%s is set and not used: %s is not set"):format(set.present, set.missing)
      if set.is_meant and not entry.only_complete then
        missing = set.missing
        break
      end
      missing = missing or set.is_meant and set.missing
    end
  end
  return nil, (missing or "HUAWEICLOUD_SDK_AK") .. " is not set", notes[1] and table.concat(notes, "; ")
end

return environment
