--- Finds the URLs of a region's services: in the environment, else in the regions file, else in the table.

local check = require "cbr.util.check"
local late = require "cbr.util.late"
local regions = require "cbr.endpoint.regions"
local text = require "cbr.util.text"

local regions_file = late "cbr.endpoint.regions_file"

local resolve = {}

-- The words of a comma-separated list.
local function split(list)
  local words = {}
  for word in list:gmatch "[^,%s]+" do
    words[#words + 1] = word
  end
  return words
end

---@class cbr.Endpoints
---@field urls string[] in the order in which to try them
---@field setting string the variable or file that they are from, for messages
---@field doubt? string about a region that is in none of these: it may be misspelt

--- The URLs of CBR in a region: from the environment (`HUAWEICLOUD_SDK_REGION_CBR_<REGION>`, in upper case, `_` for
-- `-`, comma-separated), else from the regions file, else from the table. The official SDKs use the same order. A
-- region that is not in the table is not rejected, because new regions open, and many differ by one digit.
---@param region string in any case
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
    return { urls = split(given), setting = variable }
  end
  local ok, urls, about
  ok, about = late.ready(regions_file)
  if ok then
    urls, about = regions_file.endpoints(region, getenv)
  end
  if urls then
    return { urls = urls, setting = about }
  elseif about then
    return nil, about
  end
  return {
    urls = { "https://" .. (regions.hosts[region] or regions.HOST_PATTERN:format(region)) },
    setting = "the endpoint of region " .. region,
    doubt = not regions.all[region] and ("cbr does not know a region '%s'%s"):format(region,
      text.meant(region, regions.all)) or nil,
  }
end

--- The URL of a region's IAM: `HUAWEICLOUD_SDK_IAM_ENDPOINT`, else OpenStack's `OS_AUTH_URL`, else the URL in the
-- table.
---@param region? string in lower case
---@param getenv fun(name: string): string?
---@return string url
---@return string setting the variable that it is from, for messages
function resolve.iam(region, getenv)
  for _, variable in ipairs { "HUAWEICLOUD_SDK_IAM_ENDPOINT", "OS_AUTH_URL" } do
    local given = getenv(variable)
    if given then
      return given, variable
    end
  end
  local host = regions.iam_hosts[region or ""]
    or regions.with_iam[region or ""] and regions.IAM_PATTERN:format(region) or regions.IAM_GLOBAL
  return "https://" .. host, "IAM's endpoint"
end

return resolve
