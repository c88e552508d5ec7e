-- luacheck: std ngx_lua+luajit
--- The sandbox's two times: the server's clock (for timestamps, Date, the skew check), and the cloud time, by which
-- tasks progress. `scale` seconds of cloud time pass in a real second. There is no timer: a read computes the progress.

local quirks = require "sandbox.faults.quirks"

local clock = {}

local DEFAULT_SCALE = tonumber(os.getenv "CBR_SANDBOX_TIME_SCALE") or 60

local offset, forwarded
-- The periods since the reset. In each period the scale is constant: {real = real time at the start, cloud = cloud time
-- at the start, scale, shift}. By the server's clock, a period began at real + offset + shift. `shift` is minus the
-- seconds by which clock.forward has moved that clock since the period began. For example, clock.forward(60) makes
-- `offset` 60 greater and the shift of every earlier period 60 less, so that these periods began when they did before.
local periods
local moment -- while a past event is processed: {cloud, server}, the event's two times

function clock.reset()
  offset, forwarded, moment = 0, 0, nil
  periods = { { real = ngx.now(), cloud = 0, scale = DEFAULT_SCALE, shift = 0 } }
end

--- The time on the server's clock, in Unix seconds.
function clock.now()
  return moment and moment.server or ngx.now() + offset
end

function clock.set_offset(seconds)
  offset = seconds
end

function clock.offset()
  return offset
end

--- Cloud time: sandbox seconds since the last reset.
function clock.cloud_time()
  if moment then
    return moment.cloud
  end
  local last = periods[#periods]
  return last.cloud + (ngx.now() - last.real) * last.scale
end

function clock.scale()
  return periods[#periods].scale
end

function clock.set_scale(scale)
  periods[#periods + 1] = { real = ngx.now(), cloud = clock.cloud_time(), scale = scale, shift = 0 }
end

--- Moves the server's clock and the cloud time forward, as if `seconds` had passed: tasks end, policies run, backups
-- expire.
function clock.forward(seconds)
  local real, cloud, scale = ngx.now(), clock.cloud_time(), clock.scale()
  for _, period in ipairs(periods) do period.shift = period.shift - seconds end
  offset, forwarded = offset + seconds, forwarded + seconds
  -- In the first of these two periods, a sandbox second is a second of the server's clock.
  periods[#periods + 1] = { real = real, cloud = cloud, scale = 1, shift = -seconds }
  periods[#periods + 1] = { real = real, cloud = cloud + seconds, scale = scale, shift = 0 }
end

--- The seconds by which calls of clock.forward have moved the server's clock since the reset.
function clock.forwarded()
  return forwarded
end

--- Processes a past event: meanwhile both clocks show the time of the event.
function clock.at(cloud_time, process)
  local before = moment
  moment = { cloud = cloud_time, server = clock.server_time_of(cloud_time) }
  local ok, problem = pcall(process)
  moment = before
  if not ok then
    error(problem, 0)
  end
end

-- When a period began, by the server's clock.
local function start_of(period)
  return period.real + period.shift + offset
end

--- Converts a cloud time to a time on the server's clock. A future time is right only if the scale does not change.
function clock.server_time_of(cloud_time)
  for i = #periods, 1, -1 do
    local period = periods[i]
    if cloud_time >= period.cloud or i == 1 then
      return start_of(period) + (cloud_time - period.cloud) / period.scale
    end
  end
end

--- The reverse of server_time_of: the cloud time at a time on the server's clock.
function clock.cloud_time_of(server_time)
  for i = #periods, 1, -1 do
    local period = periods[i]
    if server_time >= start_of(period) or i == 1 then
      return period.cloud + (server_time - start_of(period)) * period.scale
    end
  end
end

-- The forms of timestamps. In the API samples, Huawei Cloud has microseconds without a time zone, and Open Telekom
-- Cloud has milliseconds with a time zone. On both clouds, IAM uses a third form.
local FORMS = {
  huawei = { decimals = 6, zone = "" },
  otc = { decimals = 3, zone = "+00:00" },
  iam = { decimals = 6, zone = "Z" },
}

-- The values of the quirk "stamps".
local QUIRK_FORMS = { z = { decimals = 0, zone = "Z" }, micro = FORMS.huawei, offset = FORMS.otc }

--- A timestamp in the form of `cloud`: "huawei", "otc" or "iam". Quirks can change the first two forms.
function clock.stamp(time, cloud)
  local form = cloud ~= "iam" and QUIRK_FORMS[quirks.get "stamps"] or FORMS[cloud]
  local seconds = os.date("!%Y-%m-%dT%H:%M:%S", math.floor(time))
  if form.decimals == 0 then
    return seconds .. form.zone
  end
  local unit = 10 ^ form.decimals
  local fraction = math.floor((time % 1) * unit)
  return ("%s.%0" .. form.decimals .. "d%s"):format(seconds, fraction, form.zone)
end

clock.reset()

return clock
