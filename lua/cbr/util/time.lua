--- Converts between times as the clouds write them and seconds since 1970 (UTC).

local time = {}

local MONTHS = {}
for number, name in ipairs { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" } do
  MONTHS[name] = number
end

-- Days from 1970-01-01 to a day of the Gregorian calendar. os.time would use the local time zone.
local function days(year, month, day)
  if month <= 2 then
    year, month = year - 1, month + 12
  end
  local era = math.floor(year / 400)
  local of_era = year - era * 400
  local of_year = math.floor((153 * (month - 3) + 2) / 5) + day - 1
  return era * 146097 + of_era * 365 + math.floor(of_era / 4) - math.floor(of_era / 100) + of_year - 719468
end

--- Reads a time in any form that the services use: `2020-02-23T01:00:32Z`, `…T14:31:36.039365` (no zone: UTC),
-- `…T14:35:23.584+00:00`, `20211217T065804Z` (the gateway's), and the Date header's (RFC 9110 section 5.6.7).
---@param text any
---@return number? seconds since 1970, with its fraction; nil for anything else
function time.parse(text)
  if type(text) ~= "string" then
    return nil
  end
  local year, month, day, hour, minute, second, zone =
    text:match "^(%d%d%d%d)%-(%d%d)%-(%d%d)[T ](%d%d):(%d%d):(%d%d%.?%d*)(.*)$"
  if not year then
    year, month, day, hour, minute, second, zone = text:match "^(%d%d%d%d)(%d%d)(%d%d)T(%d%d)(%d%d)(%d%d)(Z)$"
  end
  if not year then
    day, month, year, hour, minute, second, zone =
      text:match "^%a+, (%d%d) (%a%a%a) (%d%d%d%d) (%d%d):(%d%d):(%d%d) (GMT)$"
    month = MONTHS[month]
  end
  if not year or not month then
    return nil
  end
  local at = days(tonumber(year), tonumber(month), tonumber(day)) * 86400
    + tonumber(hour) * 3600 + tonumber(minute) * 60 + tonumber(second)
  if zone == "" or zone == "Z" or zone == "GMT" then
    return at
  end
  local sign, hours, minutes = zone:match "^([+-])(%d%d):?(%d%d)$"
  return sign and at - (sign .. "1") * (hours * 3600 + minutes * 60) or nil
end

--- Writes a time in the form that the filters of lists require.
---@param moment number seconds since 1970
---@return string `2018-02-01T12:00:00Z`
function time.text(moment)
  return os.date("!%Y-%m-%dT%H:%M:%SZ", math.floor(moment))
end

return time
