--- The profile file of the official SDKs: `~/.huaweicloud/credentials`, section `[basic]`.
--
-- A plain INI file: `name = value` lines; a value is taken as it stands, `%` and all. The file is read at the first
-- call, and again when what it held was refused.

local endpoints = require "cbr.endpoint.regions"
local federated = require "cbr.credentials.federated"
local files = require "cbr.util.files"
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

-- -> a source of what the text of the file holds, or nil and why there is none
local function read(self, name, text)
  local values, reason = parse(text, name)
  if not values then
    return nil, reason
  end
  if values.iam_endpoint then
    values.iam_endpoint, reason = endpoints.parse(values.iam_endpoint, self.allow_http)
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
  local from, made -- what the file adds to the keys goes into a copy of each, made once
  return function(client, rejected, deadline)
    local found, why = source(client, rejected == made and from or rejected, deadline)
    if found and found ~= from then
      from, made = found, { identity = values.access_key }
      for key, value in pairs(found) do
        made[key] = value
      end
      for _, key in ipairs { "project_id", "domain_id", "iam_endpoint" } do
        made[key] = values[key]
      end
    end
    return found and made, why
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
  local source, text
  return function(self, rejected, deadline)
    if not source or rejected then
      local now, reason = files.read(name)
      if now and now ~= text then
        files.warn_if_open(self, name)
        local again
        again, reason = read(self, name, now)
        if again then
          source, text, rejected = again, now, nil
        end
      end
      if not source then
        return nil, reason
      end
    end
    return source(self, rejected, deadline)
  end
end

return profile
