--- Finds an order again whose response is not known: that of another process, say, which was killed.

local core = require "cbr.core"
local entries = require "cbr.lost_orders.entry"
local errors = require "cbr.errors"
local search = require "cbr.lost_orders.search"

local find_order = {}

-- Why the search cannot begin at a time; nil: it can. Every order would be older than a time in the future.
local function problem_of(since, now)
  if since > now + 1 then -- one second, since a time in whole seconds may have begun or not
    return ("is %.0f s ahead of this machine's clock"):format(since - now)
  end
end

--- Finds an order again.
--
-- Its request may have been sent just before this call, and may still be on its way through the service. So the settle
-- time begins with this call, whatever `since` says. An order can look older than it is where clocks differ: half a
-- minute leaves it in doubt; a larger difference cannot be told, and the caller must subtract it from `since`.
---@param client cbr.Client
---@param definition cbr.Operation of the order
---@param params table of the order
---@param since number by this machine's clock: not after the order was sent, and not in the future
---@param timeout number seconds
---@return table|false|nil result as the order's own, with `reconciled` true; false: it was certainly not accepted
---@return cbr.Error? err with `seen`
function find_order.run(client, definition, params, since, timeout)
  local problem = problem_of(since, os.time())
  if problem then
    return nil, errors.argument({ { parameter = "since", problem = problem } }, { operation = "find_order" })
  end
  local entry = entries.open_foreign(client, definition.task_type, params)
  local now, wall = core.monotonic(), os.time()
  local age = math.max(wall + 1 - since, 1)
  entry:note_open { at = now - age, wall = wall + client.clock_offset - age, date_header = client.date_header }
  local result, verdict, seen, failure = search.run(entry, now + timeout, { settles = true, is_duplicate = false })
  entry:close()
  if result or verdict == "nothing" then
    return result or false
  end
  local unclear = verdict == "several" and "more than one order fits"
    or verdict == "doubtful" and "what fits may be an earlier order"
  local context = {
    operation = "find_order", is_write = true, is_unknown = true, -- the outcome is the order's
    search = { verdict = verdict, seen = seen, hint = search.hint(verdict) },
  }
  if failure then
    return nil, errors.finish(errors.copy(failure), context)
  end
  return nil, errors.new({
    kind = unclear and "service" or "timeout", message = unclear or "the time was over before it was certain",
  }, context)
end

return find_order
