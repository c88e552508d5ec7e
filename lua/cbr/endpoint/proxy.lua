--- Proxies: the URLs of the options and of the environment, read once, and given to libcurl in one form.
--
-- libcurl (seen in 7.88) goes out without a proxy, and says nothing, where it cannot decode the user or the password in
-- the proxy's URL; and it takes a "/" or "#" in a password for the end of the host. So nothing is left to its reading:
-- what is not certain here is an error, and what libcurl gets is written anew.

local origin = require "cbr.endpoint.origin"

local proxy = {}

-- What libcurl supports. A proxy without a scheme is an HTTP proxy.
local SCHEMES = { http = true, https = true, socks = true, socks4 = true, socks4a = true, socks5 = true,
  socks5h = true }

-- The variables for the URLs of each scheme, in libcurl's order. HTTP_PROXY is not among them: in CGI programs, the
-- header "Proxy" of a client's request ends up in it.
local VARIABLES = {
  https = { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" },
  http = { "http_proxy", "all_proxy", "ALL_PROXY" },
}

-- Letters of any script: libcurl translates them to the DNS form.
local HOST = "^([A-Za-z0-9._\128-\255-]+)(.*)$"

local function unescape(value)
  return (value:gsub("%%([0-9A-Fa-f][0-9A-Fa-f])", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function escape(value)
  return (value:gsub("[^A-Za-z0-9._~-]", function(byte) return ("%%%02X"):format(byte:byte()) end))
end

-- The part of a URL with user and password, written anew. -> text; or nil, reason
local function credentials(user_info)
  if user_info:find("@", 1, true) then
    return nil, "its user or password contains '@': write it as %40"
  end
  local user, password = user_info:match "^([^:]*):(.*)$"
  user, password = unescape(user or user_info), password and unescape(password)
  if (user .. (password or "")):find "[%z\1-\31\127]" then
    return nil, "its user or password contains a control character (a newline is %0A)"
  end
  return escape(user) .. (password and ":" .. escape(password) or "") .. "@"
end

-- -> the URL as libcurl shall get it; or nil and what is wrong, which shows no part of the URL
local function rewrite(url)
  local parts = origin.split(url, HOST)
  local scheme = parts.scheme or "http"
  if url:find "[%z\1-\32\127]" then
    return nil, "it contains a space or a control character"
  elseif not SCHEMES[scheme] then
    return nil, "its scheme must be http, https, socks5 or socks5h"
  elseif parts.tail:find("@", 1, true) then
    return nil, "its user or password contains '/', '?' or '#': write them as %2F, %3F and %23"
  elseif not parts.host then
    return nil, "it must be scheme://host:port, or scheme://user:password@host:port"
  elseif not parts.tail:find(scheme:find "^http" and "^[^?#]*$" or "^/?$") then
    return nil, "nothing may follow its port"
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
---@param url string "": no proxy
---@param setting string name of the option or variable, for messages
---@return string? url for libcurl
---@return string? reason contains no part of the URL, which may be a password
function proxy.parse(url, setting)
  if url == "" then
    return ""
  end
  local rewritten, reason = rewrite(url)
  if not rewritten then
    return nil, ("%s is not the URL of a proxy: %s"):format(setting, reason)
  end
  return rewritten
end

-- -> the URL of the environment's proxy for a scheme; or nil, reason
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
---@field https? string URL of the proxy for https, "": none; nil: `problems.https` says why
---@field http? string the same for plain http
---@field no_proxy string hosts that are reached without the proxy
---@field problems table<string, string> scheme -> what is wrong with its proxy

--- Reads the proxies. A variable that cannot be used counts only for the URLs of its scheme.
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
