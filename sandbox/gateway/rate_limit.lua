-- luacheck: std ngx_lua+luajit
--- The gateway's rate limit, which allows a number of calls in each window of time. Headers and an error text report
-- the limit.
--
-- Source: the API Gateway's pages on throttling policies and response headers. The service sends the headers only to
-- some callers.

local responses = require "sandbox.gateway.responses"

local rate_limit = {}

local SECONDS = { second = 1, minute = 60, hour = 3600, day = 86400 }

local DEFAULT_LIMIT, DEFAULT_TIME, DEFAULT_POLICY = 5, "1 minute", "user"

-- The header that reports the limit of each kind of policy (api, user, app, ip). The header for the API's own limit is
-- always sent.
local HEADERS = {
  api = "X-Apig-RateLimit-Api", user = "X-Apig-RateLimit-User", app = "X-Apig-RateLimit-App",
  ip = "X-Apig-RateLimit-Ip",
}

--- Converts the length of a window, given as text such as "1 minute", to seconds; nil if the text is not valid.
function rate_limit.seconds(time)
  local count, unit = time:match "^(%d+) (%a-)s?$"
  return unit and SECONDS[unit] and tonumber(count) * SECONDS[unit]
end

--- What is wrong with the window that a fault asks for; nil if the window is valid.
function rate_limit.problem_with(fault)
  if fault.time and not rate_limit.seconds(fault.time) then
    return "time must be a number of seconds, minutes, hours or days, as in \"1 minute\""
  end
  if fault.policy and not HEADERS[fault.policy] then
    return "policy must be api, user, app or ip"
  end
end

local function headers(fault, remain)
  if fault.without_headers then
    return {}
  end
  local text = ("remain:%d,limit:%d,time:%s"):format(remain, fault.limit or DEFAULT_LIMIT, fault.time or DEFAULT_TIME)
  return { [HEADERS.api] = text, [HEADERS[fault.policy or DEFAULT_POLICY]] = text }
end

--- Counts a call. → whether the call is over the limit. The response of a call below the limit gets the headers.
function rate_limit.is_over(fault)
  local now = ngx.now()
  if not fault.window_ends or now >= fault.window_ends then
    fault.window_ends, fault.used = now + rate_limit.seconds(fault.time or DEFAULT_TIME), 0
  end
  fault.used = fault.used + 1
  local remain = (fault.limit or DEFAULT_LIMIT) - fault.used
  if remain < 0 then
    return true
  end
  ngx.ctx.headers = headers(fault, remain)
  return false
end

--- The response with status 429, and with the text that the gateway sends.
function rate_limit.rejection(fault)
  local response = responses.reject("APIGW.0308", nil)
  response.body.error_msg = ("The throttling threshold has been reached: policy %s over ratelimit,limit:%d,time:%s")
    :format(fault.policy or DEFAULT_POLICY, fault.limit or DEFAULT_LIMIT, fault.time or DEFAULT_TIME)
  response.headers = headers(fault, 0)
  response.headers["Retry-After"] = fault.retry_after
  return response
end

return rate_limit
