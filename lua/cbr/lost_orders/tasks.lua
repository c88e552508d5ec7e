--- The tasks of a vault, as evidence of an order.

local match = require "cbr.lost_orders.match"
local pages = require "cbr.pages"
local status = require "cbr.follow.status"
local time = require "cbr.util.time"

local tasks = {}

-- The service filters tasks by its own clock. Before its first response, the client knows only that the two clocks are
-- near enough for a signature to be accepted: within 15 minutes.
local CLOCK_RANGE_SECONDS = 15 * 60

---@class cbr.TaskEvidence
---@field fitting table[] tasks that can belong to the order
---@field doubtful table[] tasks that fit except for their time
---@field is_running boolean whether another task of that type is in progress
---@field span cbr.Span by which the times were compared

--- Reads the tasks of a vault.
---@param client cbr.Client
---@param read cbr.Reader
---@param kind "replication"|"sync" the type of the order's tasks
---@param params table of the order
---@param began cbr.Moment of the order
---@return cbr.TaskEvidence?
---@return cbr.Error? err
function tasks.read(client, read, kind, params, began)
  local all, err = pages.complete(read, "list_op_logs", {
    vault_id = params.vault_id, start_time = time.text(match.span(client, began).possible - CLOCK_RANGE_SECONDS),
  }, { "id", "operation_type" })
  if not all then
    return nil, err
  end
  local span = match.span(client, began) -- again: the response has a Date header
  local evidence = { fitting = {}, doubtful = {}, is_running = false, span = span }
  for _, task in ipairs(all) do
    if task.operation_type == kind then
      -- a policy's tasks name their policy
      local fits = match.agrees(nil, task.policy_id)
        and match.has_destination(params, status.about(task, "replication"))
      if fits and match.is_since(span.certain, task.created_at) then
        table.insert(evidence.fitting, task)
      else
        evidence.is_running = evidence.is_running or not status.has_ended(status.of(task.status))
        if fits and match.is_since(span.possible, task.created_at) then
          table.insert(evidence.doubtful, task)
        end
      end
    end
  end
  return evidence
end

return tasks
