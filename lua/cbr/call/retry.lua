--- Decides how long to pause before a retry: as long as the service asks for, else longer with each retry.

local core = require "cbr.core"
local service_codes = require "cbr.call.service_codes"
local time = require "cbr.util.time"

local retry = {}

retry.MAX_ASKED_SECONDS = 600 -- if the service asks for a longer pause, the call fails without a retry

--- The figures of a pause, in units of `retry_pause`. A pause doubles with each retry, from `first` up to `longest`.
-- The share `least` of each pause is fixed, and the rest is random. Throttling ends within seconds, so retries after
-- it are spread over the whole pause. Other work on a vault takes minutes, so a retry after a short pause would fail.
---@type table<"quick"|"slow", { first: number, longest: number, least: number }>
retry.PACES = {
  quick = { first = 1, longest = 40, least = 0 },
  slow = { first = 30, longest = 240, least = 1 / 2 },
}

-- random share that is added to a pause that the service asks for, so that clients do not retry all at once
local ASKED_SPREAD = 1 / 10

--- Whether the code of an error says that the service does not know whether the request was accepted.
---@param err cbr.Error
---@return boolean
function retry.is_undecided(err)
  local entry = service_codes.known[err.code]
  return entry ~= nil and entry.undecided == true
end

--- Returns the pace of the retries after an error.
---@param err cbr.Error
---@return "quick"|"slow" pace
function retry.pace(err)
  local entry = service_codes.known[err.code]
  return (err.kind == "busy" or entry and entry.slow) and "slow" or "quick"
end

--- Whether a failed read may succeed at the next poll of a search or of `client:wait`.
---@param err cbr.Error
---@return boolean
function retry.may_succeed(err)
  return err.retryable or err.kind == "protocol" or retry.is_undecided(err)
end

-- This module has a random generator of its own, because the global one belongs to the host program and is often not
-- seeded. Every number depends on the clock, too, so that forked processes do not retry all at once.
local address = tonumber(tostring({}):match "0x(%x+)" or "0", 16)
local state = math.floor((os.time() + core.monotonic() * 1e6 + address) % 2147483646) + 1

--- Returns a random number.
---@return number at least 0, and less than 1
function retry.random()
  state = (16807 * state) % 2147483647 -- the "minimal standard" generator of Park and Miller
  return (state / 2147483647 + core.monotonic() * 1e3) % 1
end

local MAX_PAUSE_SECONDS = 365 * 86400 -- a longer pause is a mistake, and may not even be a finite number

local UNITS = { s = 1, m = 60, h = 3600, d = 86400 } -- first letter of a unit -> its seconds

-- Returns the seconds of a rate limit's window from the gateway's words, such as "limit:5,time:1 minute".
local function window_of(words)
  for at in words:gmatch "[Tt]ime%s*[:=]%s*()" do
    local count, unit = words:match("^(%d*)%s*([SsMmHhDd])", at)
    if unit then
      return (tonumber(count) or 1) * (UNITS[unit] or UNITS[string.char(unit:byte() + 32)])
    end
  end
end

-- Headers in which the gateway shows its limits, for example as "remain:0,limit:5,time:1 minute".
local LIMIT_HEADERS = {
  "x-apig-ratelimit-api", "x-apig-ratelimit-user", "x-apig-ratelimit-app", "x-apig-ratelimit-ip",
  "x-apig-ratelimit-api-allenv",
}

--- Returns how long the window of an exceeded rate limit lasts. The gateway does not say when the window began.
---@param response table response whose error says that a limit was exceeded
---@param message string the service's message
---@return number? seconds nil: the response does not say
function retry.window(response, message)
  local longest = message:find "[Ll]imit" and window_of(message) or 0
  for _, name in ipairs(LIMIT_HEADERS) do
    local words = response.headers[name] or ""
    local left = words:match "[Rr]emain%s*[:=]%s*(-?%d+)"
    if left and tonumber(left) <= 0 then
      longest = math.max(longest, window_of(words) or 0)
    end
  end
  return longest > 0 and math.min(longest, MAX_PAUSE_SECONDS) or nil
end

--- Returns the pause that a response asks for with the header Retry-After (RFC 9110 section 10.2.3).
---@param response table
---@return number? seconds more than 0; nil if the response asks for no pause
function retry.asked_pause(response)
  local text = response.headers["retry-after"] or ""
  local pause = text:find "^%d+$" and tonumber(text)
  local date = not pause and time.parse(text)
  if date then
    pause = date - (time.parse(response.headers.date) or os.time() + (response.clock_offset or 0))
  end
  return pause and pause > 0 and math.min(pause, MAX_PAUSE_SECONDS) or nil
end

--- Returns how long to wait before a retry.
---@param nth integer number of the retry within its call, from 1
---@param pace "quick"|"slow"
---@param first number seconds, `retry_pause` of the client
---@param asked? number seconds that the service asks for; they have precedence over `pace`
---@return number seconds
function retry.pause(nth, pace, first, asked)
  local figures = retry.PACES[asked and "quick" or pace]
  local longest = first * math.min(figures.first * 2 ^ (nth - 1), figures.longest)
  if asked then
    return asked + math.max(asked * ASKED_SPREAD, longest) * retry.random()
  end
  return longest * (figures.least + (1 - figures.least) * retry.random())
end

return retry
