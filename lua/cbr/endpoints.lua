--- Regions as data, and how a region or a URL becomes the origin that is called.

local endpoints = {}

--- The regions of Huawei Cloud that offer CBR, as the official SDKs list them.
endpoints.huawei = {
  "ae-ad-1", "af-north-1", "af-south-1",
  "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5",
  "cn-east-2", "cn-east-3", "cn-east-4", "cn-east-5",
  "cn-north-1", "cn-north-2", "cn-north-4", "cn-north-9", "cn-north-11", "cn-north-12",
  "cn-south-1", "cn-south-2", "cn-south-4", "cn-southwest-2", "cn-southwest-3",
  "eu-west-0", "eu-west-101",
  "la-north-2", "la-south-2", "me-east-1", "my-kualalumpur-1", "na-mexico-1",
  "ru-moscow-1", "ru-northwest-2", "sa-brazil-1", "tr-west-1",
}

--- The regions whose hosts do not follow Huawei Cloud's pattern.
endpoints.hosts = {
  ["eu-de"] = "cbr.eu-de.otc.t-systems.com",
  ["eu-nl"] = "cbr.eu-nl.otc.t-systems.com",
  ["eu-ch2"] = "cbr.eu-ch2.sc.otc.t-systems.com",
}

-- A region that is in no table is not refused: new ones open faster than
-- tables are released.
local PATTERN = "cbr.%s.myhuaweicloud.com"

local DEFAULT_PORTS = { https = "443", http = "80" }

local function is_loopback(host)
  return host == "localhost" or host == "[::1]" or host:find("^127%.%d+%.%d+%.%d+$") ~= nil
end

--- Reads a URL as an endpoint: scheme, host and port, nothing behind them.
-- `https://` is put before a bare host; plain http is for loopback only, unless
-- allowed by name, since it shows every vault id and token to the network.
---@param url string
---@param allow_http? boolean
---@return string? origin `scheme://host[:port]`
---@return string? reason
function endpoints.parse(url, allow_http)
  local scheme, rest = url:match("^(%a[%w+.-]*)://(.*)$")
  if not scheme then
    scheme, rest = "https", url
  end
  scheme = scheme:lower()
  if not DEFAULT_PORTS[scheme] then
    return nil, ("endpoint '%s' is neither https nor http"):format(url)
  end
  rest = rest:gsub("/$", "")
  local host, port = rest:match("^(%[[%x:.]+%])(.*)$")
  if not host then
    host, port = rest:match("^([%w._-]+)(.*)$")
  end
  local digits = port and port:match("^:(%d+)$")
  local valid_port = digits and #digits <= 5 and tonumber(digits) >= 1 and tonumber(digits) <= 65535
  if not host or (port ~= "" and not valid_port) then
    return nil, ("endpoint '%s' must be https://host or https://host:port"):format(url)
  elseif scheme == "http" and not allow_http and not is_loopback(host) then
    return nil, ("endpoint '%s' is not encrypted; use https, or set allow_http"):format(url)
  end
  if digits == DEFAULT_PORTS[scheme] then
    digits = nil -- so that the Host header and the signature leave it out alike
  end
  return ("%s://%s%s"):format(scheme, host, digits and ":" .. digits or "")
end

--- The URL of a region. The environment goes first, as in the official SDKs:
-- `HUAWEICLOUD_SDK_REGION_CBR_<REGION>` (upper case, `_` for `-`; the first of a
-- comma-separated list).
---@param region string
---@param getenv fun(name: string): string?
---@return string? url
---@return string? reason
function endpoints.of_region(region, getenv)
  if not region:find("^%w[%w-]*$") then
    return nil, ("region '%s' is no region id"):format(region)
  end
  local given = getenv("HUAWEICLOUD_SDK_REGION_CBR_" .. region:upper():gsub("%-", "_"))
  local url = given and given:match("^%s*([^,%s]+)")
  return url or "https://" .. (endpoints.hosts[region] or PATTERN:format(region))
end

return endpoints
