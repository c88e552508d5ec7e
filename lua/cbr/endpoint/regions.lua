--- Regions as data, and how a region or a URL becomes the origin that is called.

local regions_file = require "cbr.endpoint.regions_file"

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

-- The words of a comma-separated list.
local function split(list)
  local words = {}
  for word in list:gmatch "[^,%s]+" do
    words[#words + 1] = word
  end
  return words
end

--- Reads a list of URLs as endpoints.
---@param urls string[]
---@param allow_http? boolean
---@return string[]? origins
---@return string? reason
function endpoints.parse_all(urls, allow_http)
  local origins = {}
  if #urls == 0 then
    return nil, "the list of endpoints is empty"
  end
  for i, url in ipairs(urls) do
    if type(url) ~= "string" then
      return nil, ("endpoint %d is a %s"):format(i, type(url))
    end
    local origin, reason = endpoints.parse(url, allow_http)
    if not origin then
      return nil, reason
    end
    origins[i] = origin
  end
  return origins
end

local function is_region(region)
  return region:find "^%w[%w-]*$" ~= nil
end

--- The URLs of a region, the first to be tried first. As in the official SDKs the environment goes before all
-- (`HUAWEICLOUD_SDK_REGION_CBR_<REGION>`, upper case, `_` for `-`, comma-separated), then the regions file, then the
-- table.
---@param region string
---@param getenv fun(name: string): string?
---@return string[]? urls
---@return string? reason
function endpoints.of_region(region, getenv)
  if not is_region(region) then
    return nil, ("region '%s' is no region id"):format(region)
  end
  local variable = "HUAWEICLOUD_SDK_REGION_CBR_" .. region:upper():gsub("%-", "_")
  local given = split(getenv(variable) or "")
  if #given > 0 then
    return given
  end
  local urls, reason = regions_file.endpoints(region, getenv)
  if urls or reason then
    return urls, reason
  end
  return { "https://" .. (endpoints.hosts[region] or PATTERN:format(region)) }
end

--- The regions whose identity service (IAM) has a host of its own, by Huawei Cloud's pattern.
endpoints.iam_regions = {}
for region in ([[ae-ad-1 af-south-1 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4
  cn-east-2 cn-east-3 cn-east-4 cn-east-5 cn-north-1 cn-north-2 cn-north-4 cn-north-9 cn-north-12
  cn-south-1 cn-south-2 cn-southwest-2 eu-west-0 la-north-2 la-south-2 me-east-1 my-kualalumpur-1
  na-mexico-1 ru-moscow-1 sa-brazil-1 tr-west-1]]):gmatch "%S+" do
  endpoints.iam_regions[region] = true
end

--- The hosts of IAM that follow no pattern.
endpoints.iam_hosts = {
  ["eu-west-101"] = "iam.eu-west-101.myhuaweicloud.eu",
  ["eu-de"] = "iam.eu-de.otc.t-systems.com",
  ["eu-nl"] = "iam.eu-nl.otc.t-systems.com",
  ["eu-ch2"] = "iam-pub.eu-ch2.sc.otc.t-systems.com",
}

local IAM_PATTERN = "iam.%s.myhuaweicloud.com"
local IAM_GLOBAL = "iam.myhuaweicloud.com" -- serves every region that has no host of its own

--- The URL of a region's IAM: `HUAWEICLOUD_SDK_IAM_ENDPOINT`, else the scheme and host of OpenStack's `OS_AUTH_URL`,
-- else the table's.
---@param region? string
---@param getenv fun(name: string): string?
---@return string url
function endpoints.of_iam(region, getenv)
  local auth_url = getenv "OS_AUTH_URL"
  local given = getenv "HUAWEICLOUD_SDK_IAM_ENDPOINT"
    or auth_url and (auth_url:match "^%a+://[^/]+" or auth_url:match "^[^/]+")
  if given then
    return given
  elseif region and endpoints.iam_hosts[region] then
    return "https://" .. endpoints.iam_hosts[region]
  end
  return "https://" .. (endpoints.iam_regions[region or ""] and IAM_PATTERN:format(region) or IAM_GLOBAL)
end

return endpoints
