--- Whether a task or a record of the service matches an order, by its time and by its destination.

local fields = require "cbr.objects.fields"
local service_clock = require "cbr.call.service_clock"
local time = require "cbr.util.time"

local match = {}

-- CLOCK_TOLERANCE_SECONDS: the client uses the Date header of the gateway, whose clock may differ from the service's by
-- this much. FRACTION_SECONDS: a time without a fraction may be early by this much.
local CLOCK_TOLERANCE_SECONDS, FRACTION_SECONDS = 1, 1

-- A task or record that matches, but seems too old by at most this much, is doubtful, because a clock may be wrong. A
-- doubtful task or record is not ignored, because an order is retried if the service shows nothing of it.
local DOUBT_SECONDS = 30

---@class cbr.Span when, by the service's clock, a task or record must have been created to belong to an order
---@field certain number a task or record that was created at this time or later may belong to the order
---@field possible number a task or record that was created before this time does not belong to the order; between the
-- two times, it is doubtful

--- Returns the span of an order.
---@param client cbr.Client
---@param began cbr.Moment
---@return cbr.Span
function match.span(client, began)
  local now_known = service_clock.at(client, began.at)
  return {
    certain = now_known - CLOCK_TOLERANCE_SECONDS,
    possible = math.min(now_known, service_clock.then_known(began)) - DOUBT_SECONDS,
  }
end

-- Whether a task or record was created since a time (in seconds since 1970); nil if the task or
-- record has no valid time.
local function is_since(since, stamp)
  local made_at = time.parse(stamp)
  return made_at and made_at >= since - (tostring(stamp):find "%d%.%d" and 0 or FRACTION_SECONDS)
end

--- True if a value equals the wanted one. Also true if the value is missing, because it then proves nothing.
match.agrees = fields.agrees

--- Whether a task or a record is new enough to belong to the order.
---@param span cbr.Span span of the order
---@param stamp any time as the service writes it
---@return boolean
function match.is_in_time(span, stamp)
  return is_since(span.certain, stamp) or false
end

--- Whether a task or a record may belong to the order although its time does not show this: the time is a little too
-- early, or missing, or not valid.
---@param span cbr.Span span of the order
---@param stamp any time as the service writes it
---@return boolean
function match.may_be_in_time(span, stamp)
  return is_since(span.possible, stamp) ~= false
end

--- Whether a record or a task has the destination of an order.
---@param params table parameters of the order
---@param work cbr.Work what the record or the task says
---@return boolean
function match.has_destination(params, work)
  return match.agrees(params.destination_region, work.destination_region)
    and match.agrees(params.destination_project_id, work.destination_project_id)
    and match.agrees(params.destination_vault_id, work.destination_vault_id)
end

return match
