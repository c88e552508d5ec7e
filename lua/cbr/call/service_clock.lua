--- The service's clock, as far as the service's responses show it. Signatures and the search for a lost order
-- depend on this clock.

local core = require "cbr.core"
local log = require "cbr.util.log"
local text = require "cbr.util.text"
local time = require "cbr.util.time"

local service_clock = {}

-- A signature is valid for 900 seconds before and after the gateway's time. An offset below this number of seconds
-- cannot be the cause of a rejected signature.
local MIN_OFFSET_SECONDS = 300

-- A hundred years. A larger offset cannot be true, and may make it impossible to sign a request.
local MAX_OFFSET_SECONDS = 100 * 365 * 86400

--- The most seconds by which the client's clock and the service's can differ: with a larger difference, the service
-- rejects every signature. So a list of what happened since a request begins this long before the request.
service_clock.MAX_DIFFERENCE_SECONDS = 900

---@class cbr.Moment what the clocks showed when a request was about to be sent
---@field at number time on core.monotonic's clock, which stands still while the machine sleeps
---@field wall number this machine's clock plus the client's offset, seconds since 1970
---@field date_header? { text: string, at: number } the newest Date header of the service, and when it arrived

--- Returns the time in a Date header.
---@param date_header? { text: string, at: number }
---@return number? seconds since 1970; nil: the header has no time, or a time that cannot be the service's
function service_clock.date(date_header)
  local date = date_header and time.parse(date_header.text)
  return date and math.abs(date - os.time()) <= MAX_OFFSET_SECONDS and date or nil
end

local function service_time(date_header, wall_at_zero, at)
  local date = service_clock.date(date_header)
  if date then
    return date - (date_header.at - at)
  end
  return wall_at_zero + at
end

--- Returns the service's time at a moment, as far as it was known at that moment.
---@param moment cbr.Moment
---@return number seconds since 1970
function service_clock.then_known(moment)
  return service_time(moment.date_header, moment.wall - moment.at, moment.at)
end

--- Returns the service's time at an instant, as far as it is known now. The returned time is never ahead of the
-- service's clock, and is behind that clock by at most one second and the time that a response takes.
---@param client cbr.Client
---@param at number time on core.monotonic's clock
---@return number seconds since 1970
function service_clock.at(client, at)
  return service_time(client.date_header, os.time() + client.clock_offset - core.monotonic(), at)
end

--- Corrects the client's clock if the service rejected a signature as expired, unless another call has corrected the
-- clock since this request was signed.
---@param context cbr.Context context of a call that failed with a 401
---@return boolean corrected whether a new signature can succeed
function service_clock.correct(context)
  local client, response, message = context.client, context.response, context.raw_message
  if not context.credentials.access_key or not text.lower(message):find("signature expired", 1, true) then
    return false
  end
  local server = time.parse(message:match "server time:%s*(%d+T%d+Z)") or time.parse(response.headers.date)
  local offset = server and server - os.time()
  if not offset or math.abs(offset) > MAX_OFFSET_SECONDS
    or math.abs(offset - response.clock_offset) < MIN_OFFSET_SECONDS then
    return false
  elseif client.clock_offset == response.clock_offset then
    client.clock_offset = offset
    log.tell(client, { event = "clock", offset = offset })
  end
  return true
end

return service_clock
