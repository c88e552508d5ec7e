--- What the tasks of a vault tell of an order.

local fit = require "cbr.lost_orders.match"
local lists = require "cbr.pages"
local progress = require "cbr.follow.status"
local time = require "cbr.util.time"

local tasks = {}

-- The service lists what began since a time by its own clock. Before its first answer that clock is known only so far
-- as it let a signature in.
local WIDE = 15 * 60

--- Those of a vault.
---@param self cbr.Client
---@param get fun(path: string, query: table): table?, cbr.Error?
---@param params table of the order
---@param kind string what its tasks are called
---@param began cbr.Moment of the order
---@return { found: table[], doubtful: table[], running: boolean, span: cbr.Span }? seen tasks that can come from the
-- order, those that can but for their time, whether others run, and by which span that was told
---@return cbr.Error? err
function tasks.since(self, get, params, kind, began)
  local all, err = lists.whole(get, "/v3/{project_id}/operation-logs", {
    vault_id = params.vault_id, start_time = time.text(fit.span(self, began).perhaps - WIDE),
  }, "operation_logs", { "id", "operation_type" })
  if not all then
    return nil, err
  end
  local span = fit.span(self, began) -- better known now
  local found, doubtful, running = {}, {}, false
  for _, task in ipairs(all) do
    if task.operation_type == kind then
      local about = progress.about(task, "replication")
      local is_like_it = fit.agrees(nil, task.policy_id) and fit.leads_there(params, about)
      if is_like_it and fit.is_since(span.surely, task.created_at) then
        found[#found + 1] = task
      else
        running = running or not progress.has_ended(progress.status(task.status))
        if is_like_it and fit.is_since(span.perhaps, task.created_at) then
          doubtful[#doubtful + 1] = task
        end
      end
    end
  end
  return { found = found, doubtful = doubtful, running = running, span = span }
end

return tasks
