--- The options of a client's pool of connections: proxies, certificates, limits and User-Agent.

local core = require "cbr.core"
local proxy = require "cbr.endpoint.proxy"
local text = require "cbr.util.text"
local trust = require "cbr.endpoint.trust"
local version = require "cbr.version"

local pool_options = {}

local function user_agent(given)
  local agent = ("cbr/%s (%s; %s)"):format(version, text.INTERPRETER, "libcurl/" .. core.versions.libcurl)
  return given and agent .. " " .. given or agent
end

--- Reads the options of the pool.
---@param given table options of `cbr.new`, with their defaults
---@param origins string[] the endpoints of CBR; the client may send requests to other origins later
---@param getenv fun(name: string): string?
---@return table? options for `core.pool`; nil if an option cannot be used
---@return string|table<string, string>|nil problems reason why an option cannot be used; or a table: scheme -> why the
-- proxy for this scheme cannot be used
function pool_options.read(given, origins, getenv)
  if core.problem then
    return nil, core.problem
  end
  local proxies, reason = proxy.read(given, getenv)
  if not proxies then
    return nil, reason
  end
  for _, url in ipairs(origins) do
    local problem = proxies.problems[url:match "^[a-z]+"]
    if problem then
      return nil, problem
    end
  end
  local certificates
  certificates, reason = trust.read(given, getenv)
  if not certificates then
    return nil, reason
  end
  return {
    ca_file = certificates.ca_file,
    ca_path = certificates.ca_path,
    accept_any_certificate = given.verify_tls == false,
    proxy = proxies.https or "", -- if this proxy cannot be used, no request is sent
    plain_proxy = proxies.http or "",
    no_proxy = proxies.no_proxy,
    user_agent = user_agent(given.user_agent),
    max_body = given.max_response,
    max_head = given.max_head,
    max_connections = given.max_connections,
  }, next(proxies.problems) and proxies.problems or nil
end

return pool_options
