-- luacheck: std ngx_lua+luajit
--- Two times: the server's clock (timestamps, Date, the skew check), and the cloud's time, by which tasks progress.
-- `scale` seconds of cloud time pass per real second. No timer runs: progress is computed when it is read.

local quirks = require "sandbox.quirks"

local clock = {}

local DEFAULT_SCALE = tonumber(os.getenv "CBR_SANDBOX_TIME_SCALE") or 60

local offset
-- The periods since the reset, each with one scale: {real = real time at its start, cloud = cloud time at its start,
-- scale}.
local periods

function clock.reset()
  offset = 0
  periods = { { real = ngx.now(), cloud = 0, scale = DEFAULT_SCALE } }
end

--- The time on the server's clock, in Unix seconds.
function clock.now()
  return ngx.now() + offset
end

function clock.set_offset(seconds)
  offset = seconds
end

function clock.offset()
  return offset
end

--- Cloud time: sandbox seconds since the last reset.
function clock.cloud_time()
  local last = periods[#periods]
  return last.cloud + (ngx.now() - last.real) * last.scale
end

function clock.scale()
  return periods[#periods].scale
end

function clock.set_scale(scale)
  periods[#periods + 1] = { real = ngx.now(), cloud = clock.cloud_time(), scale = scale }
end

--- Converts a cloud time to a time on the server's clock. For a future time it assumes that the scale does not change.
function clock.server_time_of(cloud_time)
  for i = #periods, 1, -1 do
    local period = periods[i]
    if cloud_time >= period.cloud or i == 1 then
      return period.real + (cloud_time - period.cloud) / period.scale + offset
    end
  end
end

-- The forms of timestamps, from the API samples of each cloud: microseconds without a zone, or milliseconds with one.
-- IAM uses a third form, on both clouds.
local FORMS = {
  huawei = { decimals = 6, zone = "" },
  otc = { decimals = 3, zone = "+00:00" },
  iam = { decimals = 6, zone = "Z" },
}

-- The values of the quirk "stamps".
local QUIRK_FORMS = { z = { decimals = 0, zone = "Z" }, micro = FORMS.huawei, offset = FORMS.otc }

--- A timestamp in the form of `cloud`: "huawei", "otc", or "iam", whose form no quirk changes.
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
