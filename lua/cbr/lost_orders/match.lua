--- Whether something at the service fits an order: by when it was made, and where it leads.

local exchange = require "cbr.call.http"
local progress = require "cbr.follow.status"
local time = require "cbr.util.time"

local fit = {}

-- Seconds by which the clocks of the gateway, whose Date the client goes by, and of the service may differ; and what a
-- stamp without a fraction leaves out.
local CLOCKS, FRACTION = 1, 1

-- Seconds by which they may differ where something is wrong. What fits and is older by no more is in doubt: an order is
-- sent again where nothing shows, and must not be on the word of a clock.
local APART = 30

---@class cbr.Moment
---@field at number on core.monotonic's clock, which stands still while the machine sleeps
---@field date number what was known of the service's time then

---@class cbr.Span since when something must have been made to come from an order, by the service's clock
---@field surely number
---@field perhaps number

--- The span of an order.
---@param self cbr.Client
---@param began cbr.Moment
---@return cbr.Span
function fit.span(self, began)
  local now = exchange.service_time(self, began.at)
  return { surely = now - CLOCKS, perhaps = math.min(now, began.date) - APART }
end

--- Whether something was made since then; what has no time cannot be ruled out.
---@param moment number
---@param stamp any as the service says when
---@return boolean
function fit.is_since(moment, stamp)
  local made = time.parse(stamp)
  return not made or made >= moment - (tostring(stamp):find "%d%.%d" and 0 or FRACTION)
end

--- Whether a value does not contradict the text that is wanted: what is none says nothing.
---@param wanted? string
---@param value any
---@return boolean
function fit.agrees(wanted, value)
  return type(value) ~= "string" or value == "" or value == wanted
end

--- Whether a record or a task is about the destination of an order.
---@param params table of the order
---@param about table what says where it leads
---@return boolean
function fit.leads_there(params, about)
  local extra = progress.table_of(about.extra_info)
  local vault = about.destination_vault_id or extra.destination_vault_id or extra.destinatio_vault_id
  return fit.agrees(params.destination_region, about.destination_region)
    and fit.agrees(params.destination_project_id, about.destination_project_id)
    and fit.agrees(params.destination_vault_id, vault)
end

return fit
