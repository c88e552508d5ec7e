--- Reads which certificates to trust.

local core = require "cbr.core"

local trust = {}

--- Reads which certificates to trust: from the options, else from OpenSSL's variables. It checks that the file can be
-- read, but leaves the reading to libcurl.
---@param given { ca_file?: string, ca_path?: string } options
---@param getenv fun(name: string): string?
---@return { ca_file?: string, ca_path?: string }? certificates
---@return string? reason
function trust.read(given, getenv)
  if given.ca_path and not given.ca_file then
    return { ca_path = given.ca_path }
  end
  local setting = given.ca_file and "ca_file" or "SSL_CERT_FILE"
  local file = given.ca_file or getenv "SSL_CERT_FILE"
  local reason = file and core.file_problem(file)
  if reason then
    return nil, ("%s cannot be read: %s: %s"):format(setting, file, reason)
  end
  return { ca_file = file, ca_path = given.ca_path or not given.ca_file and getenv "SSL_CERT_DIR" or nil }
end

return trust
