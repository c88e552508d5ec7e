--- Reads the URLs of proxies, from the options or the environment.
--
-- libcurl (7.88) silently uses no proxy if it cannot decode the user or the password in the URL of the proxy. libcurl
-- also takes a "/" or "#" in a password for the end of the host. So a URL that libcurl could misunderstand is an error
-- here, and libcurl gets every other URL in a normalized form.

local origin = require "cbr.endpoint.origin"

local proxy = {}

-- The schemes of proxies that libcurl supports. A URL without a scheme means an HTTP proxy.
local SCHEMES = { http = true, https = true, socks = true, socks4 = true, socks4a = true, socks5 = true,
  socks5h = true }

-- Scheme of a service's URL -> variables that name the proxy, in libcurl's order. HTTP_PROXY is not one of them,
-- because in a CGI program it contains the header "Proxy" of the client's request.
local VARIABLES = {
  https = { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" },
  http = { "http_proxy", "all_proxy", "ALL_PROXY" },
}

-- Letters of any script are allowed: libcurl encodes them for DNS.
local HOST = "^([A-Za-z0-9._\128-\255-]+)(.*)$"

local function unescape(value)
  return (value:gsub("%%([0-9A-Fa-f][0-9A-Fa-f])", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function escape(value)
  return (value:gsub("[^A-Za-z0-9._~-]", function(byte) return ("%%%02X"):format(byte:byte()) end))
end

-- Returns the normalized user and password of a URL, with the "@"; or nil and the reason.
local function credentials(user_info)
  if user_info:find "@" then
    return nil, "the user or the password contains '@': write %40 instead"
  end
  local user, password = user_info:match "^([^:]*):(.*)$"
  user, password = unescape(user or user_info), password and unescape(password)
  if (user .. (password or "")):find "[%z\1-\31\127]" then
    return nil, "the user or the password contains a control character, such as a newline (%0A)"
  end
  return escape(user) .. (password and ":" .. escape(password) or "") .. "@"
end

-- Returns the normalized URL; or nil and a reason that shows no part of the URL.
local function normalize(url)
  local parts = origin.split(url, HOST)
  local scheme = parts.scheme or "http"
  if url:find "[%z\1-\32\127]" then
    return nil, "the URL contains a space or a control character"
  elseif url:find "^[\"'`]" then
    return nil, "the URL begins with a quote"
  elseif not SCHEMES[scheme] then
    return nil, "the scheme must be http, https, socks5 or socks5h"
  elseif parts.tail:find "@" then
    return nil, "the user or the password contains '/', '?' or '#': write %2F, %3F and %23 instead"
  elseif not parts.host then
    return nil, "the URL must be scheme://host:port, with user:password@ before the host if the proxy needs them"
  elseif not parts.tail:find(scheme:find "^http" and "^[^?#]*$" or "^/?$") then
    return nil, "nothing may follow the port"
  end
  local user, reason = ""
  if parts.user_info then
    user, reason = credentials(parts.user_info)
    if not user then
      return nil, reason
    end
  end
  return ("%s://%s%s%s"):format(scheme, user, parts.host, parts.port and ":" .. parts.port or "")
end

--- Reads a proxy's URL.
---@param url string an empty text means that no proxy is used
---@param setting string name of the option or variable, for messages
---@return string? url for libcurl
---@return string? reason shows no part of the URL, since any part may be a password
function proxy.parse(url, setting)
  if url == "" then
    return ""
  end
  local normalized, reason = normalize(url)
  if not normalized then
    return nil, ("%s is not the URL of a proxy: %s"):format(setting, reason)
  end
  return normalized
end

-- Returns the URL of the environment's proxy for a scheme; or nil and the reason.
local function from_environment(scheme, getenv)
  for _, name in ipairs(VARIABLES[scheme]) do
    local url = getenv(name)
    if url then
      return proxy.parse(url, name)
    end
  end
  return ""
end

---@class cbr.Proxies
---@field https? string URL of the proxy for https; "" if no proxy is used; nil if the proxy cannot be used
---@field http? string URL of the proxy for plain http; `""` and nil mean the same as in `https`
---@field no_proxy string hosts that are reached without the proxy, separated by commas
---@field problems table<string, string> scheme -> why the proxy for this scheme cannot be used

--- Reads the proxies. A variable that cannot be used matters only for URLs with the scheme of that variable.
---@param given { proxy?: string, no_proxy?: string } options
---@param getenv fun(name: string): string?
---@return cbr.Proxies? proxies
---@return string? reason
function proxy.read(given, getenv)
  local proxies = { problems = {} }
  for scheme in pairs(VARIABLES) do
    local reason
    if given.proxy then
      proxies[scheme], reason = proxy.parse(given.proxy, "proxy")
    else
      proxies[scheme], reason = from_environment(scheme, getenv)
    end
    if reason and given.proxy then
      return nil, reason
    end
    proxies.problems[scheme] = reason
  end
  local from = given.no_proxy and "no_proxy" or getenv "no_proxy" and "no_proxy" or "NO_PROXY"
  proxies.no_proxy = given.no_proxy or getenv(from) or ""
  if proxies.no_proxy:find "[%z\1-\31\127]" then
    return nil, ("%s contains a control character"):format(from)
  end
  return proxies
end

return proxy
