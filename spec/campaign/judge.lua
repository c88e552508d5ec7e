-- Compares what the client processes reported with the sandbox's record of accepted orders.

local chaos = require "spec.campaign.chaos"
local sandbox = require "sandbox.control"

local judge = {}

-- A call can mistake an order of another process for its own order, if the service accepted the other order after the
-- call began, or at most ADOPTION_SECONDS before (docs/guides/lost-responses.md, "Assumptions"). find_order rounds the
-- time of its order down to a second, so the limit for find_order is FOUND_ORDER_SECONDS.
local ADOPTION_SECONDS, FOUND_ORDER_SECONDS = 2, 3

local MAX_UNKNOWN_SHARE = 0.01 -- at most this share of the orders that met a fault may stay unknown

---@class campaign.Result
---@field event "done"|"rejected"|"unknown"|"lost" "lost": no process reported anything
---@field detail string how the order was accepted, or why it was not accepted
---@field count? integer backups in the result
---@field id? string id of a backup in the result, or of the task
---@field begun? number time when the order was first begun
---@field is_found_order? boolean whether find_order found the order, not the call that placed the order

-- Returns two tables of the accepted orders: by the key of an order (see chaos.key), and by the ids in the results.
local function read_ledger()
  local by_key, by_id = {}, {}
  for _, entry in ipairs(sandbox.ledger()) do
    local key = chaos.key(entry.vault_id, tostring(entry.user_agent):match "campaign/(%d+)$" or "?")
    by_key[key] = by_key[key] or {}
    table.insert(by_key[key], entry)
    for _, made in ipairs(entry.made) do
      by_id[made.backup_id or made.operation_log_id] = entry
    end
  end
  return by_key, by_id
end

-- Returns the problem of an order that was reported as accepted. Without a problem, returns nil, and whether the result
-- is an order of another process. `own` has the entries of the order in the ledger.
local function problem_of_accepted(result, own, by_id)
  local entry = by_id[result.id]
  if not entry then
    return "reported an order that does not exist"
  end
  if #entry.made ~= result.count then
    return ("reported %d backups, but the order was for %d"):format(result.count, #entry.made)
  end
  if entry == own[1] then
    return nil, false
  end
  if result.detail == "responded" then
    return "got the response to another order"
  end
  local before = result.begun - entry.time
  local is_excluded = before > ADOPTION_SECONDS
  if result.is_found_order then
    is_excluded = math.floor(result.begun) - entry.time > FOUND_ORDER_SECONDS
  end
  if is_excluded then
    return ("returned an order of another process, accepted %.1f s before its own order was placed"):format(before)
  end
  return nil, true
end

local function problem_of(result, own, by_id)
  if #own > 1 then
    return ("doubled: the service accepted it %d times"):format(#own)
  elseif result.event == "done" then
    return problem_of_accepted(result, own, by_id)
  elseif result.event == "lost" then
    return "has no result"
  elseif result.event == "rejected" and #own > 0 then
    return "was reported as rejected, but was accepted"
  end
end

-- Counts an order under every fault that it met, or under "no fault".
local function count_by_fault(by_fault, faults, is_unknown)
  for fault in pairs(next(faults) and faults or { ["no fault"] = true }) do
    local row = by_fault[fault] or { met = 0, unknown = 0 }
    by_fault[fault] = row
    row.met, row.unknown = row.met + 1, row.unknown + (is_unknown and 1 or 0)
  end
end

---@class campaign.Verdict
---@field violations string[]
---@field count table<string, integer> number of orders for each reported event
---@field faulted integer orders that met a fault
---@field by_fault table<string, { met: integer, unknown: integer }>
---@field shared table figures of the orders on shared vaults

--- Judges the campaign.
---@param orders campaign.Order[]
---@param results table<integer, campaign.Result> by the `n` of the order
---@return campaign.Verdict
function judge.run(orders, results)
  local by_key, by_id = read_ledger()
  local met = chaos.met()
  local verdict = { violations = {}, count = {}, faulted = 0, by_fault = {}, shared = {
    orders = 0, accepted = 0, adopted = 0, unknown = 0, rejected = 0,
  } }
  local on_vault = {}
  for _, order in ipairs(orders) do
    on_vault[order.vault] = (on_vault[order.vault] or 0) + 1
  end
  local unknown = 0 -- orders of unknown outcome that met a fault and are the only ones on their vault
  local own_faulted = 0
  local function violation(...)
    table.insert(verdict.violations, (...):format(select(2, ...)))
  end
  for n, order in ipairs(orders) do
    local key = chaos.key(order.vault, order.process)
    local result, own = results[n] or { event = "lost", detail = "-" }, by_key[key] or {}
    local faults, is_unknown, is_shared = met[key] or {}, result.event == "unknown", on_vault[order.vault] > 1
    local words = result.event .. " " .. result.detail
    verdict.count[words] = (verdict.count[words] or 0) + 1
    local problem, is_adopted = problem_of(result, own, by_id)
    if problem then
      violation("order %d (%s, process %d, %s): %s", n, order.vault, order.process, words, problem)
    elseif is_adopted and not is_shared then
      violation("order %d (%s): returned an order of another vault", n, order.vault)
    elseif is_unknown and not next(faults) and not is_shared then
      violation("order %d (%s) is unknown though it met no fault", n, order.vault)
    end
    local has_fault = next(faults) ~= nil
    verdict.faulted = verdict.faulted + (has_fault and 1 or 0)
    if is_shared then
      local shared = verdict.shared
      shared.orders, shared.accepted = shared.orders + 1, shared.accepted + #own
      shared.adopted = shared.adopted + (is_adopted and 1 or 0)
      shared.unknown = shared.unknown + (is_unknown and 1 or 0)
      shared.rejected = shared.rejected + (result.event == "rejected" and 1 or 0)
    else
      count_by_fault(verdict.by_fault, faults, is_unknown)
      own_faulted, unknown = own_faulted + (has_fault and 1 or 0), unknown + (is_unknown and 1 or 0)
    end
  end
  if unknown > math.max(own_faulted * MAX_UNKNOWN_SHARE, 1) then
    violation("%d of %d orders that met a fault stayed unknown", unknown, own_faulted)
  end
  verdict.unknown, verdict.own_faulted = unknown, own_faulted
  return verdict
end

return judge
