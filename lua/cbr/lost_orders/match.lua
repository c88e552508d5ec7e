--- Whether something at the service fits an order: by when it was made, and by where it leads.

local service_clock = require "cbr.call.service_clock"
local tables = require "cbr.util.tables"
local time = require "cbr.util.time"

local match = {}

-- Seconds by which the clock of the gateway, whose Date header the client uses, may differ from the service's; and what
-- a time without a fraction leaves out.
local CLOCK_TOLERANCE_SECONDS, FRACTION_SECONDS = 1, 1

-- Seconds by which they may differ when something is wrong. What fits and is older by no more than this is in doubt: an
-- order is sent again when the service shows nothing, and a wrong clock must not cause that.
local DOUBT_SECONDS = 30

---@class cbr.Span the service's time since when something must have been made to come from an order
---@field certain number what was made since then may come from it
---@field possible number what was made before then does not; between the two it is in doubt

--- The span of an order.
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

--- Whether something was made since a time. What has no valid time cannot be ruled out.
---@param since number seconds since 1970
---@param stamp any the service's text
---@return boolean
function match.is_since(since, stamp)
  local made_at = time.parse(stamp)
  return not made_at or made_at >= since - (tostring(stamp):find "%d%.%d" and 0 or FRACTION_SECONDS)
end

--- True if `value` equals `wanted`, or is missing or not a string (then it proves nothing).
---@param wanted? string
---@param value any
---@return boolean
function match.agrees(wanted, value)
  return type(value) ~= "string" or value == "" or value == wanted
end

--- Whether a record, or a task's part on a replication, names the destination of an order.
---@param params table of the order
---@param record table
---@return boolean
function match.has_destination(params, record)
  local extra = tables.of(record.extra_info)
  local vault = record.destination_vault_id or extra.destination_vault_id or extra.destinatio_vault_id
  return match.agrees(params.destination_region, record.destination_region)
    and match.agrees(params.destination_project_id, record.destination_project_id)
    and match.agrees(params.destination_vault_id, vault)
end

return match
