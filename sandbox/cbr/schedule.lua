-- luacheck: std ngx_lua+luajit
--- Computes when a policy runs. The rules in a policy's trigger have the form of iCalendar's recurrence rules (RFC
-- 5545, 3.3.10), with times in UTC.

local schedule = {}

local DAY = 86400
local MAX_WAIT_DAYS = 400 -- the search for the next run ends this many days ahead

local FREQUENCIES = { DAILY = true, WEEKLY = true, HOURLY = true }
local WEEKDAYS = { SU = 0, MO = 1, TU = 2, WE = 3, TH = 4, FR = 5, SA = 6 }

-- The numbers from 0 to `most` in a list such as "0,12"; nil if the text is not such a list.
local function numbers(text, most)
  local list = {}
  for piece in text:gmatch "[^,]+" do
    local number = piece:match "^%d+$" and tonumber(piece)
    if not number or number > most then
      return nil
    end
    list[#list + 1] = number
  end
  table.sort(list)
  return list[1] and list
end

local function weekdays(text)
  local days = {}
  for piece in text:gmatch "[^,]+" do
    if not WEEKDAYS[piece] then
      return nil
    end
    days[WEEKDAYS[piece]] = true
  end
  return days
end

local function all_hours()
  local hours = {}
  for hour = 0, 23 do hours[#hours + 1] = hour end
  return hours
end

--- "FREQ=WEEKLY;BYDAY=MO,TU;BYHOUR=14;BYMINUTE=00" → a rule, or nil if the text is not a rule
function schedule.parse(pattern)
  local parts = {}
  for name, value in pattern:gmatch "([%u]+)=([^;]+)" do parts[name] = value end
  if not FREQUENCIES[parts.FREQ] then
    return nil
  end
  local rule = {
    days = parts.BYDAY and weekdays(parts.BYDAY), interval = tonumber(parts.INTERVAL) or 1,
    hours = numbers(parts.BYHOUR or "0", 23), minutes = numbers(parts.BYMINUTE or "0", 59),
  }
  if parts.FREQ == "HOURLY" and not parts.BYHOUR then
    rule.hours = all_hours()
  end
  if parts.FREQ == "WEEKLY" and not rule.days or not rule.hours or not rule.minutes or rule.interval < 1 then
    return nil
  end
  return rule
end

local function is_on(rule, day, first_day)
  if rule.days then
    return rule.days[(day + 4) % 7] == true -- 1970-01-01 was a Thursday
  end
  return (day - first_day) % rule.interval == 0
end

--- The first time after `time` at which the policy runs by this rule; nil if the policy does not run in MAX_WAIT_DAYS.
-- `start`: when the rule came into force.
function schedule.next_after(rule, time, start)
  local today, first_day = math.floor(time / DAY), math.floor(start / DAY)
  for day = today, today + MAX_WAIT_DAYS do
    if is_on(rule, day, first_day) then
      for _, hour in ipairs(rule.hours) do
        for _, minute in ipairs(rule.minutes) do
          local at = day * DAY + hour * 3600 + minute * 60
          if at > time then
            return at
          end
        end
      end
    end
  end
end

return schedule
