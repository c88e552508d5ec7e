--- Finds the URLs of a region's services: in the environment, else in the regions file, else in the table.

local check = require "cbr.util.check"
local regions = require "cbr.endpoint.regions"
local regions_file = require "cbr.endpoint.regions_file"
local text = require "cbr.util.text"

local resolve = {}

-- The words of a comma-separated list.
local function split(list)
  local words = {}
  for word in list:gmatch "[^,%s]+" do
    words[#words + 1] = word
  end
  return words
end

--- The URLs of CBR in a region, in the order in which to try them. As in the official SDKs the environment goes first
-- (`HUAWEICLOUD_SDK_REGION_CBR_<REGION>`, in upper case, `_` for `-`, comma-separated), then the regions file, then the
-- table.
---@param region string
---@param getenv fun(name: string): string?
---@return string[]? urls
---@return string? reason
function resolve.cbr(region, getenv)
  if not region:find(check.forms.region.pattern) then
    return nil, ("'%s' is not a valid region id%s"):format(region, text.meant(region, regions.all))
  end
  local variable = "HUAWEICLOUD_SDK_REGION_CBR_" .. text.upper(region):gsub("%-", "_")
  local given = split(getenv(variable) or "")
  if #given > 0 then
    return given
  end
  local urls, reason = regions_file.endpoints(region, getenv)
  if urls or reason then
    return urls, reason
  end
  return { "https://" .. (regions.hosts[region] or regions.HOST_PATTERN:format(region)) }
end

--- The URL of a region's IAM: `HUAWEICLOUD_SDK_IAM_ENDPOINT`, else scheme and host of OpenStack's `OS_AUTH_URL`, else
-- the URL in the table.
---@param region? string
---@param getenv fun(name: string): string?
---@return string url
function resolve.iam(region, getenv)
  local auth_url = getenv "OS_AUTH_URL"
  local given = getenv "HUAWEICLOUD_SDK_IAM_ENDPOINT"
    or auth_url and (auth_url:match "^[A-Za-z]+://[^/]+" or auth_url:match "^[^/]+")
  if given then
    return given
  elseif region and regions.iam_hosts[region] then
    return "https://" .. regions.iam_hosts[region]
  end
  return "https://" .. (regions.with_iam[region or ""] and regions.IAM_PATTERN:format(region) or regions.IAM_GLOBAL)
end

return resolve
