--- The profile file of the official SDKs: `~/.huaweicloud/credentials`, section `[basic]`.
--
-- The file is read at the first call, and again when the service has rejected credentials from the file.

local characters = require "cbr.util.characters"
local errors = require "cbr.errors"
local federated = require "cbr.credentials.federated"
local files = require "cbr.util.files"
local forms = require "cbr.credentials.forms"
local profile_file = require "cbr.credentials.profile_file"
local static = require "cbr.credentials.static"
local tables = require "cbr.util.tables"

local profile = {}

-- Name in the file -> name of the field of credentials.
local NAMES = {
  ak = "access_key", sk = "secret_key", security_token = "security_token", project_id = "project_id",
  domain_id = "domain_id", iam_endpoint = "iam_endpoint", idp_id = "idp_id", id_token_file = "id_token_file",
}

-- Name of a field of credentials -> name in the file, for messages.
local NAMES_IN_FILE = {}
for in_file, name in pairs(NAMES) do
  NAMES_IN_FILE[name] = in_file
end

-- Returns what is wrong with a value, and the number of the line with the problem; nil if the value can be used.
local function flaw_of(name, value)
  local flaw = name ~= "id_token_file" and characters.flaw(value.text)
  if value.continued then
    return ("line %d: the value of '%s' continues in line %d"):format(value.line, name, value.continued)
  elseif flaw then
    return ("line %d: %s contains %s"):format(value.line, name, flaw)
  end
end

-- Returns the values by names of fields; or nil, a reason, and whether the only problem is that the
-- file has no credentials.
local function parse(content)
  local entries, reason, is_absent = profile_file.read(content, NAMES)
  if not entries then
    return nil, reason, is_absent
  end
  local values, first, flaw = {}, math.huge, nil
  for in_file, name in pairs(NAMES) do
    local value = entries[in_file]
    local problem = value and value.line < first and flaw_of(in_file, value)
    if problem then
      first, flaw = value.line, problem
    elseif value and value.text ~= "" then
      values[name] = value.text
    end
  end
  if flaw then
    return nil, flaw
  end
  local needed = (values.idp_id or values.id_token_file) and { "idp_id", "id_token_file" }
    or { "access_key", "secret_key" }
  for _, name in ipairs(needed) do
    if not values[name] then
      return nil, ("section [basic] has no '%s'"):format(NAMES_IN_FILE[name]), true
    end
  end
  return values
end

--- Returns the name of the file: the given name, else the value of `HUAWEICLOUD_SDK_CREDENTIALS_FILE`, else the name of
-- the usual file in the home directory.
---@param given? string
---@param getenv fun(name: string): string?
---@return string? name
---@return string? reason
function profile.file(given, getenv)
  local name = given or getenv "HUAWEICLOUD_SDK_CREDENTIALS_FILE" or files.of_user("credentials", getenv)
  if name then
    return name
  end
  return nil, "there is no home directory: neither HUAWEICLOUD_SDK_CREDENTIALS_FILE nor HOME is set"
end

local function credentials_error(message)
  return errors.new({ kind = "credentials", message = message }, {})
end

-- Returns a source of the credentials in the text of the file. If the file is wrong, returns nil and an error. If the
-- file has no credentials, returns nil, a reason and a warning.
local function read(client, name, content)
  local values, reason, is_absent = parse(content)
  if not values then
    reason = ("%s: %s"):format(name, reason)
    return nil, is_absent and reason or credentials_error(reason), is_absent and reason or nil
  end
  if values.iam_endpoint then
    values.iam_endpoint, reason = forms.origin(values.iam_endpoint, {
      setting = name .. ": iam_endpoint", allow_http = client.allow_http,
    })
    if not values.iam_endpoint then
      return nil, reason
    end
  end
  local source
  if values.idp_id then
    source, reason = federated.source(values, client.allow_http)
  else
    source, reason = static.source(values)
  end
  if not source then
    return nil, credentials_error(("%s: %s"):format(name, (reason:gsub("[a-z_]+", NAMES_IN_FILE))))
  end
  local from, made -- `made` is a copy of the keys in `from`, to which the file's other values are added
  return function(of_client, rejected, deadline)
    local credentials, why = source(of_client, rejected == made and from or rejected, deadline)
    if credentials and credentials ~= from then
      from, made = credentials, tables.copy(credentials)
      made.identity = values.access_key
      made.home_project_id, made.domain_id, made.iam_endpoint = values.project_id, values.domain_id, values.iam_endpoint
    end
    if not credentials and not errors.is(why) then
      why = credentials_error(("%s: %s"):format(name, why))
    end
    return credentials and made, why
  end
end

--- Makes the source of a profile's credentials. If the file exists and has no credentials, the source returns a
-- warning as its third value.
---@param given { file?: string }
---@param getenv fun(name: string): string?
---@return function? source
---@return string? reason
function profile.source(given, getenv)
  local name, missing = profile.file(given.file, getenv)
  if not name then
    return nil, missing
  end
  local is_named = given.file or getenv "HUAWEICLOUD_SDK_CREDENTIALS_FILE"
  local source, kept
  return function(client, rejected, deadline)
    if not source or rejected then
      local warning
      local content, reason, is_missing = files.read(name)
      if content and content ~= kept then
        files.warn_if_open(client, name)
        local changed
        changed, reason, warning = read(client, name, content)
        if changed then
          source, kept, rejected = changed, content, nil
        end
      elseif not content and not is_missing then
        reason = credentials_error(reason)
      elseif not content then
        warning = is_named and reason
      end
      if not source then
        return nil, reason, warning
      end
    end
    return source(client, rejected, deadline)
  end
end

--- Says where the credentials are from (see cbr.credentials.sources).
---@param getenv fun(name: string): string?
---@return string
function profile.place(getenv)
  return "the profile " .. profile.file(nil, getenv)
end

return profile
