-- luacheck: std ngx_lua+luajit
--- Two times: the server's clock (stamps, Date, the skew check) and the cloud's own pace, which tasks advance by.
-- The pace is `scale` sandbox seconds per real second. Nothing waits on a timer: whatever asks computes from these.

local quirks = require "sandbox.quirks"

local clock = {}

local DEFAULT_SCALE = tonumber(os.getenv "CBR_SANDBOX_TIME_SCALE") or 60

local offset
-- Stretches of one scale each: {real = when it began, pace = cloud time then, scale}.
local stretches

function clock.reset()
  offset = 0
  stretches = { { real = ngx.now(), pace = 0, scale = DEFAULT_SCALE } }
end

--- What the server believes the time to be, Unix seconds.
function clock.now()
  return ngx.now() + offset
end

function clock.set_offset(seconds)
  offset = seconds
end

function clock.offset()
  return offset
end

--- The cloud's own time: sandbox seconds since the world began.
function clock.pace()
  local last = stretches[#stretches]
  return last.pace + (ngx.now() - last.real) * last.scale
end

function clock.scale()
  return stretches[#stretches].scale
end

function clock.set_scale(scale)
  stretches[#stretches + 1] = { real = ngx.now(), pace = clock.pace(), scale = scale }
end

--- The server time at which the cloud's time was, or at the present scale will be, `pace`.
function clock.server_time_of(pace)
  for i = #stretches, 1, -1 do
    local stretch = stretches[i]
    if pace >= stretch.pace or i == 1 then
      return stretch.real + (pace - stretch.pace) / stretch.scale + offset
    end
  end
end

-- The manner of each cloud's samples: microseconds without a zone, or milliseconds with one; IAM's everywhere.
local STAMPS = {
  huawei = { decimals = 6, zone = "" },
  otc = { decimals = 3, zone = "+00:00" },
  iam = { decimals = 6, zone = "Z" },
}

-- The same forms and the plainest, by the names that the quirk gives them.
local FORMS = { z = { decimals = 0, zone = "Z" }, micro = STAMPS.huawei, offset = STAMPS.otc }

--- IAM's stamps keep their form whatever the quirk says.
function clock.stamp(time, cloud)
  local manner = cloud ~= "iam" and FORMS[quirks.get "stamps"] or STAMPS[cloud]
  local seconds = os.date("!%Y-%m-%dT%H:%M:%S", math.floor(time))
  if manner.decimals == 0 then return seconds .. manner.zone end
  local unit = 10 ^ manner.decimals
  local fraction = math.floor((time % 1) * unit)
  return ("%s.%0" .. manner.decimals .. "d%s"):format(seconds, fraction, manner.zone)
end

clock.reset()

return clock
