--- Turns a URL into the origin that requests are sent to.

local text = require "cbr.util.text"

local origin = {}

local DEFAULT_PORTS = { https = "443", http = "80" }

local function is_loopback(host)
  return host == "localhost" or host == "[::1]" or host:find "^127%.%d+%.%d+%.%d+$" ~= nil
end

--- Reads a URL as an origin: scheme, host and port, with nothing after them. A bare host gets `https://`. Plain http is
-- rejected unless the host is loopback or `allow_http` is true, because it shows every vault id and token to the
-- network.
---@param url string
---@param allow_http? boolean
---@return string? origin `scheme://host[:port]`
---@return string? reason
function origin.parse(url, allow_http)
  local scheme, rest = url:match "^([A-Za-z][A-Za-z0-9+.-]*)://(.*)$"
  if not scheme then
    scheme, rest = "https", url
  end
  scheme = text.lower(scheme)
  if not DEFAULT_PORTS[scheme] then
    return nil, ("endpoint '%s' is neither https nor http"):format(url)
  end
  rest = rest:gsub("/$", "")
  local host, port = rest:match "^(%[[%x:.]+%])(.*)$"
  if not host then
    host, port = rest:match "^([A-Za-z0-9._-]+)(.*)$"
  end
  local digits = port and port:match "^:(%d+)$"
  local is_valid_port = digits and #digits <= 5 and tonumber(digits) >= 1 and tonumber(digits) <= 65535
  if not host or (port ~= "" and not is_valid_port) then
    return nil, ("endpoint '%s' must be https://host or https://host:port"):format(url)
  elseif scheme == "http" and not allow_http and not is_loopback(host) then
    return nil, ("endpoint '%s' is not encrypted; use https, or set allow_http"):format(url)
  end
  if digits == DEFAULT_PORTS[scheme] then
    digits = nil -- the Host header and the signature both leave it out
  end
  return ("%s://%s%s"):format(scheme, host, digits and ":" .. digits or "")
end

--- Reads a list of URLs as origins.
---@param urls string[]
---@param allow_http? boolean
---@return string[]? origins
---@return string? reason
function origin.parse_all(urls, allow_http)
  local origins = {}
  if #urls == 0 then
    return nil, "the list of endpoints is empty"
  end
  for i, url in ipairs(urls) do
    if type(url) ~= "string" then
      return nil, ("endpoint %d must be a string, not a %s"):format(i, type(url))
    end
    local parsed, reason = origin.parse(url, allow_http)
    if not parsed then
      return nil, reason
    end
    origins[i] = parsed
  end
  return origins
end

return origin
