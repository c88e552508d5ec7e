--- Reads which certificates to trust.

local core = require "cbr.core"

local trust = {}

-- Whether one of the directories in a list exists. As in OpenSSL, colons separate the directories.
local function has_directory(list)
  for directory in list:gmatch "[^:]+" do
    local handle = io.open(directory .. "/.", "r")
    if handle then
      handle:close()
      return true
    end
  end
  return false
end

--- Reads which certificates to trust: from the options, else from OpenSSL's variables. This function only checks that a
-- file with certificates can be read; libcurl reads the certificates.
---@param given { ca_file?: string, ca_path?: string } options
---@param getenv fun(name: string): string?
---@return { ca_file?: string, ca_path?: string }? certificates
---@return string? reason
function trust.read(given, getenv)
  local is_given = given.ca_file or given.ca_path
  local file, path = given.ca_file, given.ca_path
  if not is_given then
    file, path = getenv "SSL_CERT_FILE", getenv "SSL_CERT_DIR"
  end
  local reason = file and core.file_problem(file)
  if reason then
    return nil, ("%s cannot be read: %s: %s"):format(is_given and "ca_file" or "SSL_CERT_FILE", file, reason)
  elseif path and not file and not has_directory(path) then
    return nil, ("%s '%s' is not an existing directory"):format(is_given and "ca_path" or "SSL_CERT_DIR", path)
  end
  return { ca_file = file, ca_path = path }
end

return trust
