--- The profile file of the official SDKs: `~/.huaweicloud/credentials`, section `[basic]`.
--
-- It is an INI file with lines `name = value`. A value is used as it is written; `%` has no special meaning. The file
-- is read at the first call, and again when the service has rejected its credentials.

local federated = require "cbr.credentials.federated"
local files = require "cbr.util.files"
local origin = require "cbr.endpoint.origin"
local static = require "cbr.credentials.static"
local tables = require "cbr.util.tables"
local text = require "cbr.util.text"

local profile = {}

local SECTION = "basic"

-- Names in the file -> names of credentials.
local NAMES = {
  ak = "access_key", sk = "secret_key", security_token = "security_token", project_id = "project_id",
  domain_id = "domain_id", iam_endpoint = "iam_endpoint", idp_id = "idp_id", id_token_file = "id_token_file",
}

-- Returns the values of the section; or nil and the reason.
local function parse(content, name)
  local section, values, others = nil, nil, {}
  for line in content:gmatch "[^\r\n]+" do
    local header = line:match "^%s*%[%s*(.-)%s*%]%s*$"
    local key, value = line:match "^%s*([A-Za-z0-9_.-]+)%s*[=:]%s*(.-)%s*$"
    local is_comment = line:find "^%s*[#;]"
    if header and not is_comment then
      section = header
      if section == SECTION then
        values = values or {}
      else
        others[#others + 1] = ("[%s]"):format(header)
      end
    elseif key and not is_comment and section == SECTION and NAMES[text.lower(key)] and value ~= "" then
      values[NAMES[text.lower(key)]] = value
    end
  end
  if not values then
    local only = #others > 0 and ", only " .. table.concat(others, ", ") or ""
    return nil, ("%s has no section [%s]%s"):format(name, SECTION, only)
  end
  return values
end

--- The name of the file: as given, or that of `HUAWEICLOUD_SDK_CREDENTIALS_FILE`, or in the home directory.
---@param given? string
---@param getenv fun(name: string): string?
---@return string? name
---@return string? reason
function profile.file(given, getenv)
  local name = given or getenv "HUAWEICLOUD_SDK_CREDENTIALS_FILE"
  local home = getenv "HOME" or getenv "USERPROFILE"
  if name or home then
    return name or home .. "/.huaweicloud/credentials"
  end
  return nil, "there is no home directory: neither HUAWEICLOUD_SDK_CREDENTIALS_FILE nor HOME is set"
end

-- Returns a source of the credentials in the content of a file; or nil and the reason.
local function read(client, name, content)
  local values, reason = parse(content, name)
  if not values then
    return nil, reason
  end
  if values.iam_endpoint then
    values.iam_endpoint, reason = origin.parse(values.iam_endpoint, client.allow_http)
    if reason then
      return nil, ("%s: iam_endpoint: %s"):format(name, reason)
    end
  end
  local source
  if values.idp_id then
    source, reason = federated.source(values)
  else
    source, reason = static.source(values)
  end
  if not source then
    return nil, ("%s: %s"):format(name, reason)
  end
  local from, made -- `made` is a copy of the keys `from`, with the other values of the file
  return function(of_client, rejected, deadline)
    local credentials, why = source(of_client, rejected == made and from or rejected, deadline)
    if credentials and credentials ~= from then
      from, made = credentials, tables.copy(credentials)
      made.identity = values.access_key
      for _, key in ipairs { "project_id", "domain_id", "iam_endpoint" } do
        made[key] = values[key]
      end
    end
    return credentials and made, why
  end
end

--- Makes the source.
---@param given { file?: string }
---@param getenv fun(name: string): string?
---@return function? source
---@return string? reason
function profile.source(given, getenv)
  local name, missing = profile.file(given.file, getenv)
  if not name then
    return nil, missing
  end
  local source, last_read
  return function(client, rejected, deadline)
    if not source or rejected then
      local content, reason = files.read(name)
      if content and content ~= last_read then
        files.warn_if_open(client, name)
        local changed
        changed, reason = read(client, name, content)
        if changed then
          source, last_read, rejected = changed, content, nil
        end
      end
      if not source then
        return nil, reason
      end
    end
    return source(client, rejected, deadline)
  end
end

return profile
