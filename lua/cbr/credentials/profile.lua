--- The profile file of the official SDKs: `~/.huaweicloud/credentials`, section `[basic]`.
--
-- A plain INI file: `name = value` lines; a value is taken as it stands, `%` and all. The file is read at the first
-- call, and again when what it held was refused.

local endpoints = require "cbr.endpoints"
local federated = require "cbr.credentials.federated"
local files = require "cbr.files"
local static = require "cbr.credentials.static"

local profile = {}

local SECTION = "basic"

-- the file's names -> ours
local NAMES = {
  ak = "access_key", sk = "secret_key", security_token = "security_token", project_id = "project_id",
  domain_id = "domain_id", iam_endpoint = "iam_endpoint", idp_id = "idp_id", id_token_file = "id_token_file",
}

-- -> the section's values, or nil and why there are none
local function parse(text, name)
  local section, values, others = nil, nil, {}
  for line in text:gmatch "[^\r\n]+" do
    local header = line:match "^%s*%[%s*(.-)%s*%]%s*$"
    local key, value = line:match "^%s*([%w_.-]+)%s*[=:]%s*(.-)%s*$"
    local is_comment = line:find "^%s*[#;]"
    if header and not is_comment then
      section = header
      if section == SECTION then
        values = values or {}
      else
        others[#others + 1] = ("[%s]"):format(header)
      end
    elseif key and not is_comment and section == SECTION and NAMES[key:lower()] and value ~= "" then
      values[NAMES[key:lower()]] = value
    end
  end
  if not values then
    local only = #others > 0 and ", only " .. table.concat(others, ", ") or ""
    return nil, ("%s has no section [%s]%s"):format(name, SECTION, only)
  end
  return values
end

--- Where the file is: as given, by `HUAWEICLOUD_SDK_CREDENTIALS_FILE`, or in the home directory.
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
  return nil, "there is no home directory to find .huaweicloud/credentials in"
end

-- -> a source of what the file holds, or nil and why there is none
local function load(self, name)
  local text, reason = files.read(name)
  if not text then
    return nil, reason
  end
  files.warn_if_open(self, name)
  local values
  values, reason = parse(text, name)
  if not values then
    return nil, reason
  end
  if values.iam_endpoint then
    values.iam_endpoint, reason = endpoints.parse(values.iam_endpoint)
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
  return source, nil, values
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
  local source, values
  return function(self, rejected, deadline)
    local reason
    if not source or rejected then
      local again
      again, reason, values = load(self, name)
      if not again then
        return nil, reason
      end
      source = again
    end
    local found
    found, reason = source(self, rejected, deadline)
    if not found then
      return nil, reason
    end
    found.project_id, found.domain_id, found.iam_endpoint = values.project_id, values.domain_id, values.iam_endpoint
    return found
  end
end

return profile
