--- Finds the URLs of a region's services: in the environment, else in the regions file, else in the table of
-- cbr.endpoint.regions.

local check = require "cbr.util.check"
local late = require "cbr.util.late"
local regions = require "cbr.endpoint.regions"
local text = require "cbr.util.text"

local regions_file = late "cbr.endpoint.regions_file"

local resolve = {}

-- Returns the words of a comma-separated list.
local function split(list)
  local words = {}
  for word in list:gmatch "[^,%s]+" do
    words[#words + 1] = word
  end
  return words
end

---@class cbr.Endpoints
---@field urls string[] in the order in which to try them
---@field setting string the variable or file that the URLs are from, for messages
---@field is_configured boolean the URLs are from the environment or the regions file, not from the table
---@field doubt? string warning about a region that no source knows: it may be misspelt

--- Returns the URLs of CBR in a region: from the environment, else from the regions file, else from the table, in the
-- order of the official SDKs. The variable is `HUAWEICLOUD_SDK_REGION_CBR_<REGION>`, with the region in upper case and
-- `_` for `-`; its value is a comma-separated list. A region that is not in the table is accepted, because new regions
-- open, and the name of a new region often differs from a known name by one digit only.
---@param region string id in upper or lower case
---@param getenv fun(name: string): string?
---@return cbr.Endpoints? endpoints
---@return string? reason
function resolve.cbr(region, getenv)
  region = text.lower(region)
  if not region:find(check.forms.region.pattern) then
    return nil, ("'%s' is not a valid region id%s"):format(region, text.meant(region, regions.all))
  end
  local variable = "HUAWEICLOUD_SDK_REGION_CBR_" .. text.upper((region:gsub("%-", "_")))
  local given = getenv(variable)
  if given then
    return { urls = split(given), setting = variable, is_configured = true }
  end
  local ok, urls, about
  ok, about = late.ready(regions_file)
  if ok then
    urls, about = regions_file.endpoints(region, getenv)
  end
  if urls then
    return { urls = urls, setting = about, is_configured = true }
  elseif about then
    return nil, about
  end
  return {
    urls = { "https://" .. (regions.hosts[region] or regions.HOST_PATTERN:format(region)) },
    setting = "the endpoint of region " .. region, is_configured = false,
    doubt = not regions.all[region] and ("cbr does not know a region '%s'%s"):format(region,
      text.meant(region, regions.all)) or nil,
  }
end

--- Returns the domain of the cloud that an origin belongs to: the part of its host after the service and the region.
---@param origin string
---@return string? domain `myhuaweicloud.com` for `https://cbr.cn-north-4.myhuaweicloud.com`; nil for any other form
function resolve.domain(origin)
  return origin:match "^https://cbr%.[^.:]+%.([^:]+)$"
end

--- Returns the URL of a region's IAM: `HUAWEICLOUD_SDK_IAM_ENDPOINT`, else OpenStack's `OS_AUTH_URL`, else the URL in
-- the table. The table is used only for the regions in it and for endpoints of the same cloud, because passwords and
-- keys of a private cloud must not be sent to the public one.
---@param region? string id in lower case
---@param getenv fun(name: string): string?
---@param cbr_origin string CBR origin of the client
---@return string? url nil: the URL is not known
---@return string setting the variable that the URL is from, for messages; or the reason why the URL is not known
function resolve.iam(region, getenv, cbr_origin)
  for _, variable in ipairs { "HUAWEICLOUD_SDK_IAM_ENDPOINT", "OS_AUTH_URL" } do
    local given = getenv(variable)
    if given then
      return given, variable
    end
  end
  if not regions.all[region or ""] and resolve.domain(cbr_origin) ~= regions.IAM_GLOBAL:match "%.(.*)" then
    return nil, ("iam_endpoint is not given, and cbr does not know the IAM of %s: set iam_endpoint, or the region")
      :format(cbr_origin)
  end
  local host = regions.iam_hosts[region or ""]
    or regions.with_iam[region or ""] and regions.IAM_PATTERN:format(region) or regions.IAM_GLOBAL
  return "https://" .. host, "IAM's endpoint"
end

--- Returns the URL of a region's security token service (STS): `HUAWEICLOUD_SDK_STS_ENDPOINT`, else Huawei Cloud's URL
-- if the client uses Huawei Cloud's IAM.
---@param region? string id in lower case
---@param getenv fun(name: string): string?
---@param iam_origin? string IAM origin of the client
---@return string? url nil: the URL is not known
---@return string setting the variable that the URL is from, for messages; or the reason why the URL is not known
function resolve.sts(region, getenv, iam_origin)
  local variable = "HUAWEICLOUD_SDK_STS_ENDPOINT"
  local given = getenv(variable)
  if given then
    return given, variable
  end
  local domain = regions.IAM_GLOBAL:match "%.(.*)"
  if not regions.huawei[region or ""] or (iam_origin or ""):match "^https://iam[^:]-%.([^.:]+%.[^.:]+)$" ~= domain then
    return nil, variable .. " is not set, and cbr does not know the STS of this cloud"
  end
  return "https://" .. regions.STS_PATTERN:format(region), "STS's endpoint"
end

return resolve
