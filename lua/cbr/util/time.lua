--- Converts the texts in which the clouds write times to seconds since 1970 (UTC), and back. Also has the units of
-- durations.

local text = require "cbr.util.text"

local time = {}

--- The units of durations, in seconds.
time.UNITS = { s = 1, m = 60, h = 3600, d = 86400, w = 7 * 86400 }

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

-- Returns the year that ends in two digits and is at most 50 years in the future (RFC 9110 section 5.6.7).
local function full_year(digits)
  local latest = tonumber(os.date "!%Y") + 50
  return latest - (latest - tonumber(digits)) % 100
end

-- Reads a date in one of the three forms of HTTP (RFC 9110 section 5.6.7). Returns its year, month, day, hour, minute
-- and second; or nil.
local function http_date(value)
  local day, month, year, hour, minute, second =
    value:match "^[A-Z][a-z][a-z], (%d%d) ([A-Z][a-z][a-z]) (%d%d%d%d) (%d%d):(%d%d):(%d%d) GMT$"
  if not day then -- the form of RFC 850: Sunday, 06-Nov-94 08:49:37 GMT
    day, month, year, hour, minute, second =
      value:match "^[A-Z][a-z]+day, (%d%d)%-([A-Z][a-z][a-z])%-(%d%d) (%d%d):(%d%d):(%d%d) GMT$"
    year = year and full_year(year)
  end
  if not day then -- the form of asctime: Sun Nov  6 08:49:37 1994
    month, day, hour, minute, second, year =
      value:match "^[A-Z][a-z][a-z] ([A-Z][a-z][a-z]) ([ %d]%d) (%d%d):(%d%d):(%d%d) (%d%d%d%d)$"
  end
  if MONTHS[month] then
    return year, MONTHS[month], day, hour, minute, second
  end
end

--- Reads a time in any form that the services use: `2020-02-23T01:00:32Z`, `…T14:31:36.039365` (no zone: UTC),
-- `…T14:35:23.584+00:00`, `20211217T065804Z` (the gateway's), and the three forms of HTTP dates.
---@param value any
---@return number? seconds since 1970, with its fraction; nil for anything else
function time.parse(value)
  if type(value) ~= "string" then
    return nil
  end
  local year, month, day, hour, minute, second, zone =
    value:match "^(%d%d%d%d)%-(%d%d)%-(%d%d)[T ](%d%d):(%d%d):(%d%d%.?%d*)(.*)$"
  if not year then
    year, month, day, hour, minute, second, zone = value:match "^(%d%d%d%d)(%d%d)(%d%d)T(%d%d)(%d%d)(%d%d)(Z)$"
  end
  if not year then
    year, month, day, hour, minute, second = http_date(value)
    zone = "GMT"
  end
  if not year then
    return nil
  end
  local at = days(tonumber(year), tonumber(month), tonumber(day)) * 86400
    + tonumber(hour) * 3600 + tonumber(minute) * 60 + text.number(second)
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
