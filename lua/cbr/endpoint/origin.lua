--- Reads the URLs of CBR, of IAM, of the metadata service and of a container's endpoint, wherever they are given: in
-- options, the environment, a profile, a regions file or credentials. No other module reads such URLs.
--
-- This module accepts less than RFC 3986 allows: no user, no backslash, no percent sign in the host, and only visible
-- ASCII. So libcurl, which parses the URL again, cannot find another host in the URL.

local text = require "cbr.util.text"

local origin = {}

local DEFAULT_PORTS = { https = 443, http = 80 }

---@class cbr.Url the parts of a URL
---@field scheme? string scheme in lower case; nil if the URL has no scheme
---@field user_info? string the part before the "@"
---@field host? string nil if the host or the port is not valid
---@field port? integer
---@field tail string path, query and fragment, unchanged

-- Reads what follows a host: a port, or nothing. Returns whether it is valid, and the port.
local function read_port(rest)
  local digits = rest:match "^:([0-9]+)$"
  local port = digits and #digits <= 5 and tonumber(digits)
  return rest == "" or port and port >= 1 and port <= 65535, port or nil
end

--- Splits a URL.
---@param url string
---@param host_pattern? string captures a host name and what follows; default: ASCII letters, digits, ".", "_", "-"
---@return cbr.Url
function origin.split(url, host_pattern)
  local parts = {}
  local scheme, rest = url:match "^([A-Za-z][A-Za-z0-9+.-]*)://(.*)$"
  parts.scheme = scheme and text.lower(scheme)
  local authority
  authority, parts.tail = (rest or url):match "^([^/?#]*)(.*)$"
  local user_info, place = authority:match "^(.*)@([^@]*)$"
  parts.user_info = user_info
  place = place or authority
  local host, behind = place:match "^(%[[0-9A-Fa-f:.]+%])(.*)$"
  if not host then
    host, behind = place:match(host_pattern or "^([A-Za-z0-9._-]+)(.*)$")
  end
  local is_valid, port = read_port(behind or "")
  if host and is_valid then
    parts.host, parts.port = host, port
  end
  return parts
end

-- Returns the four numbers of an IPv4 address; an empty list for any other text. Forms such as "127.1" and "127.0.0.08"
-- do not count as addresses, because programs read them in different ways.
local function quad(host)
  local numbers = { host:match "^([0-9]+)%.([0-9]+)%.([0-9]+)%.([0-9]+)$" }
  for i, digits in ipairs(numbers) do
    numbers[i] = tonumber(digits)
    if #digits > 3 or numbers[i] > 255 or digits:find "^0." then
      return {}
    end
  end
  return numbers
end

local function is_loopback(host)
  return text.lower(host) == "localhost" or host == "[::1]" or quad(host)[1] == 127
end

local function is_link_local(host)
  local numbers = quad(host)
  return numbers[1] == 169 and numbers[2] == 254
end

---@class cbr.UrlRules
---@field setting string name of the option, variable or line that holds the URL, for messages
---@field allow_http? boolean accept plain http for any host
---@field is_local? boolean accept plain http for link-local addresses (169.254.*), too
---@field has_path? boolean accept a path
---@field needs_scheme? boolean do not read a bare host as https

-- Returns the form that a URL must have, for messages.
local function form(rules)
  local https = rules.has_path and "https://host/path" or "https://host or https://host:port"
  return rules.is_local and https:gsub("https", "http(s)") or https
end

-- Returns nil and the reason. The query of the URL is not shown, because the query may contain a token.
local function reject(rules, url, words)
  return nil, ("%s '%s' %s"):format(rules.setting, url:match "^[^?#]*", words)
end

--- Reads a URL as an origin: scheme, host and port, followed only by slashes. A bare host gets `https://`. Plain http
-- would show vault ids and tokens to the network, so it is rejected unless the host is loopback or the rules allow it.
---@param url any
---@param rules cbr.UrlRules
---@return string? origin `scheme://host[:port]`, without the default port
---@return string? path unchanged: empty, or beginning with a slash; without an origin, the reason
function origin.parse(url, rules)
  if type(url) ~= "string" then
    return nil, ("%s must be a string, not a %s"):format(rules.setting, type(url))
  end
  local parts = origin.split(url)
  local scheme = parts.scheme or not rules.needs_scheme and "https"
  if parts.user_info then
    return nil, ("%s must not contain a user or a password"):format(rules.setting)
  elseif scheme and not DEFAULT_PORTS[scheme] then
    return reject(rules, url, "is neither https nor http")
  elseif not scheme or not parts.host or url:find "[^!-~]" or url:find("\\", 1, true)
    or not parts.tail:find(rules.has_path and "^[^?#]*$" or "^/*$") then
    return reject(rules, url, "must be " .. form(rules))
  elseif scheme == "http" and not rules.allow_http and not is_loopback(parts.host)
    and not (rules.is_local and is_link_local(parts.host)) then
    return reject(rules, url, "is not encrypted; use https, or set allow_http")
  end
  -- the Host header and the signature both leave the default port out
  local port = parts.port and parts.port ~= DEFAULT_PORTS[scheme] and (":%d"):format(parts.port) or ""
  return ("%s://%s%s"):format(scheme, parts.host, port), parts.tail
end

--- Reads a list of URLs as origins.
---@param urls any[]
---@param rules cbr.UrlRules
---@return string[]? origins
---@return string? reason
function origin.parse_all(urls, rules)
  local origins = {}
  for i, url in ipairs(urls) do
    local parsed, reason = origin.parse(url, rules)
    if not parsed then
      return nil, reason
    end
    origins[i] = parsed
  end
  if #origins == 0 then
    return nil, ("%s is an empty list"):format(rules.setting)
  end
  return origins
end

return origin
