--- Reads durations and times of the command line.

local time = require "cbr.util.time"

local times = {}

local MAX_SECONDS = 100 * 366 * time.UNITS.d -- a longer duration is a mistake

-- A number with fewer digits and without a unit is not a time, because it may be meant as a duration.
local MIN_TIMESTAMP_DIGITS = 9

-- How many seconds in the future a time may be, because clocks differ.
local MAX_FUTURE = 300

local DURATION_NEEDED = "'%s' is not a duration such as 90, 90s, 15m, 6h, 1.5h, 2d or 1d12h"
local TIME_NEEDED = "'%s' is not a time: 3d (ago), 2026-01-31, 2026-01-31T12:00:00Z, or seconds since 1970"

-- Returns the seconds of a duration; nil if the text is not a duration.
local function seconds_of(text)
  if text:find "^%d+%.?%d*$" then
    return tonumber(text)
  end
  local total, rest = 0, text
  while rest ~= "" do
    local number, unit, after = rest:match "^(%d+%.?%d*)([smhdw])(.*)$"
    if not number then
      return nil
    end
    total, rest = total + tonumber(number) * time.UNITS[unit], after
  end
  return text ~= "" and total or nil
end

--- Converts a duration, for argparse.
---@param text string 90, 90s, 15m, 6h, 1.5h, 2d, 1w or 1d12h; a number without a unit is in seconds
---@return number? seconds
---@return string? reason
function times.duration(text)
  local seconds = seconds_of(text)
  if not seconds then
    return nil, DURATION_NEEDED:format(text)
  elseif seconds > MAX_SECONDS then
    return nil, ("'%s' is longer than 100 years"):format(text)
  end
  return seconds
end

--- Converts a duration that is not 0, for argparse.
---@param text string
---@return number? seconds
---@return string? reason
function times.positive(text)
  local seconds, reason = times.duration(text)
  if seconds == 0 then
    return nil, ("'%s' is not longer than 0 seconds"):format(text)
  end
  return seconds, reason
end

-- Whether a text is a time zone that exists; "" stands for UTC.
local function is_zone(zone)
  local hours, minutes = zone:match "^[+-](%d%d):?(%d%d)$"
  return zone:find "^[Zz]?$" ~= nil or hours ~= nil and tonumber(hours) <= 14 and tonumber(minutes) <= 59
end

-- Returns the seconds since 1970 of an ISO 8601 date, with or without a time and a zone (default: UTC); nil if the text
-- is not such a date, or if the day or the time does not exist.
local function iso_time(text)
  local day, rest = text:match "^(%d%d%d%d%-%d%d%-%d%d)(.*)$"
  if not day then
    return nil
  end
  local clock, zone = "00:00:00", ""
  if rest ~= "" then
    clock, zone = rest:match "^[Tt ](%d%d:%d%d:%d%d)%.?%d*(.*)$"
    if not clock then
      clock, zone = rest:match "^[Tt ](%d%d:%d%d)(.*)$"
      clock = clock and clock .. ":00"
    end
  end
  if not clock or not is_zone(zone) then
    return nil
  end
  local written = day .. "T" .. clock
  local exists = time.text(time.parse(written)) == written .. "Z"
  return exists and time.parse(written .. zone:upper()) or nil
end

--- Converts a time in the past, for argparse.
---@param text string a duration before now such as 3d, an ISO 8601 date or time (UTC unless it has a zone), or seconds
-- since 1970
---@return integer? seconds since 1970
---@return string? reason
function times.past(text)
  local at
  if text:find "^%d+$" then
    at = #text >= MIN_TIMESTAMP_DIGITS and tonumber(text) or nil
  elseif text:find "[smhdw]$" then
    at = times.duration(text)
    at = at and math.max(0, os.time() - math.ceil(at))
  else
    at = iso_time(text)
  end
  if not at then
    return nil, TIME_NEEDED:format(text)
  elseif at > os.time() + MAX_FUTURE then
    return nil, ("'%s' is in the future"):format(text)
  end
  return math.floor(at)
end

--- Converts how far back a search goes, for argparse.
---@param text string a text for `times.past`
---@return integer? seconds before now
---@return string? reason
function times.back(text)
  local at, reason = times.past(text)
  return at and math.max(0, os.time() - at), reason
end

return times
