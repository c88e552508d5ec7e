--- Finds an order whose response is not known, for example because the process that sent the order was killed.

local core = require "cbr.core"
local entries = require "cbr.lost_orders.entry"
local errors = require "cbr.errors"
local search = require "cbr.lost_orders.search"

local find_order = {}

-- Returns why `since` is not valid; nil if it is valid. With a time in the future, every order would seem too old.
local function problem_of(since, now)
  if since > now + 1 then -- the tolerance of one second is needed because os.time cuts off the fraction
    return ("is %.0f s ahead of this machine's clock"):format(since - now)
  end
end

--- Finds an order.
--
-- The request may have been sent just before this call, and the service may still be working on it. So the settle time
-- begins with this call, whatever `since` is. If the clocks differ, an order can look older than it is. If the
-- difference is at most 30 seconds, such an order is doubtful. A larger difference cannot be detected: the caller must
-- subtract it from `since`.
---@param client cbr.Client
---@param definition cbr.Operation the operation that places the order
---@param params table parameters of the order
---@param since number seconds since 1970 by this machine's clock; not later than when the order was sent, and not in
-- the future
---@param timeout number seconds
---@return table|false|nil result of the order, with `reconciled` true; false: it was certainly not accepted
---@return cbr.Error? err with `seen`
function find_order.run(client, definition, params, since, timeout)
  local problem = problem_of(since, os.time())
  if problem then
    return nil, errors.argument({ { parameter = "since", problem = problem } }, { operation = "find_order" })
  end
  local entry = entries.open_foreign(client, definition.order_kind, params)
  local now, wall = core.monotonic(), os.time()
  entry.stage, entry.deadline = "proving", now + timeout
  local age = math.max(wall + 1 - since, 1)
  entry:note_open { at = now - age, wall = wall + client.clock_offset - age, date_header = client.date_header }
  local result, verdict, seen, failure = search.run(entry, entry.deadline, { settles = true, is_duplicate = false })
  entry:close(result)
  if result or verdict == "nothing" then
    return result or false
  end
  local unclear = verdict == "several" and "more than one order matches"
    or verdict == "doubtful" and "the order that matches may be an earlier one"
  local context = {
    operation = "find_order", is_write = true, is_unknown = true, -- errors.finish reads these fields
    search = { verdict = verdict, seen = seen, hint = search.hint(verdict) },
  }
  if failure then
    return nil, errors.finish(errors.copy(failure), context)
  end
  return nil, errors.new({
    kind = unclear and "service" or "timeout", message = unclear or "the timeout passed before the outcome was certain",
  }, context)
end

return find_order
