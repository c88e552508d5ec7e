--- Searches for an order whose response was lost, instead of guessing what became of it.
--
-- This is certain:
-- * The order was accepted if exactly one order of the vault matches and is not another order of this client, or if one
--   order has the request id of a response that was cut short. While other calls of the client place the same order,
--   the matching order is taken only when it does not matter which call gets it (see Entry:must_wait).
-- * The order was not accepted if its request has ended, the reads succeed, and no read shows anything that matches
--   between the first read and one `settle_time` later. By then the gateway has given up on its back end (after 5
--   seconds unless configured otherwise), and the lists show what the back end has accepted.
--
-- Everything else stays unknown. If the client gave up on a request, the service may still be working on it: the search
-- can find the order, but cannot prove that it was not accepted. A task or record that matches except for its time,
-- within the possible difference of the clocks, proves nothing.
--
-- The search ends early if every read of one `settle_time` was rejected; a single rejected read may be an accident. As
-- a last safety net, the service rejects a second order while the first one is in progress or after it has succeeded.

local await = require "cbr.loop.await"
local call = require "cbr.call.call"
local core = require "cbr.core"
local evidence = require "cbr.lost_orders.evidence"
local retry = require "cbr.call.retry"
local status = require "cbr.objects.status"
local tables = require "cbr.util.tables"
local text = require "cbr.util.text"

local search = {}

local READ_SECONDS = 10 -- the longest timeout of one read

-- Pauses as shares of the settle time. The pause after a read that shows nothing doubles each time, from FIRST_PAUSE up
-- to MAX_PAUSE. After a read that shows only a part of an order, the pause is PARTIAL_PAUSE; there are at most
-- PARTIAL_READS such pauses in a row.
local FIRST_PAUSE, MAX_PAUSE, PARTIAL_PAUSE = 1 / 8, 1 / 2, 1 / 10
local PARTIAL_READS = 3

local MAX_REASON_BYTES = 300 -- at most this many bytes of a hint show the error of a read

-- Verdict -> advice to the user.
local HINTS = {
  nothing = "the service shows no such order: it was not accepted",
  open = "check the vault's tasks before you order again",
  doubtful = "an order that matches (err.seen) seems to be older, but may be this one: check it before you order again",
  several = "the service shows several orders that match (err.seen): check them before you order again",
  unread = "the service's tasks and records could not be read%s: check the vault's tasks before you order again",
}

--- Returns advice to the user after a search.
---@param verdict cbr.SearchVerdict
---@param failure? cbr.Error error of the last read
---@return string? hint nil if there is no advice
function search.hint(verdict, failure)
  local reason = failure and (" (%s)"):format(text.line(tostring(failure), MAX_REASON_BYTES)) or ""
  return HINTS[verdict] and HINTS[verdict]:format(reason)
end

-- Compares parts of an order (tasks and records) with the earlier orders of this client. Returns whether any part
-- belongs to an earlier order, whether any part is in progress, and whether any part may belong to an earlier order.
local function compare_with_earlier(entry, parts)
  local is_earlier, is_running, may_be_earlier = false, false, false
  for _, part in ipairs(parts) do
    is_earlier = is_earlier or entry:is_of_earlier(part)
    is_running = is_running or not status.has_ended(part.status)
    may_be_earlier = may_be_earlier or entry:may_be_of_earlier(part)
  end
  return is_earlier, is_running, may_be_earlier
end

---@class cbr.SearchView what one read of the service shows
---@field orders cbr.FoundOrder[] orders that can be this one
---@field others boolean another order on the vault is in progress
---@field doubtful table[] tasks and records that match this order except for their time
---@field unclear table[] tasks and records that match, and may belong to an earlier order of this client
---@field is_mixed? boolean the parts of an order may belong to several orders: a later read may tell them apart
---@field is_dated boolean the service's time is known from a Date header

-- Reads the service once. Returns cbr.SearchView; or nil and an error.
local function search_once(entry, deadline)
  local client = entry.client
  entry.searches = entry.searches + 1
  local shown, err = evidence.read(entry, function(name, params)
    local left = deadline - core.monotonic()
    local timeout = math.max(math.min(READ_SECONDS, left / 2), math.min(left, 1 / 5), 1 / 1000)
    return call.read(client, name, params, {
      -- The next read does not wait for the end of a rate limit's window, because the window may end soon.
      operation = "search", timeout = timeout, max_attempts = 1, ignores_window = true,
    })
  end)
  if not shown then
    return nil, err
  end
  entry.vault_id, entry.backup_ids = shown.vault_id or entry.vault_id, shown.backup_ids or entry.backup_ids
  local view = { orders = {}, others = shown.is_running, doubtful = {}, unclear = {}, is_dated = shown.is_dated }
  for _, order in ipairs(shown.orders) do
    local is_earlier, is_running, may_be_earlier = compare_with_earlier(entry, order.parts)
    if entry:is_named(order.request_id) then
      order.is_proved = true
      return { orders = { order }, others = view.others, doubtful = {}, unclear = {}, is_dated = true }
    elseif is_earlier then
      view.others = view.others or is_running
    elseif entry:is_of_another(order.result) or entry:is_of_concurrent(order.request_id) then
      view.others = true
    elseif may_be_earlier then
      view.unclear = order.parts
    else
      view.orders[#view.orders + 1] = order
      view.is_mixed = view.is_mixed or order.is_mixed
    end
  end
  for _, part in ipairs(shown.doubtful) do
    if not entry:is_of_earlier(part) then
      view.doubtful[#view.doubtful + 1] = part
    end
  end
  return view
end

-- Makes the schedule of a search's reads.
local function new_schedule(client, deadline)
  local settle = client.settle_time
  local schedule = { began = core.monotonic(), settle = settle, empty_pause = settle * FIRST_PAUSE }

  -- Sets the pause after a read. `is_growing`: the read showed a part of the order, and the rest may follow soon.
  -- `retry_after`: the pause that the service asked for, if the read failed.
  function schedule.set_pause(is_growing, retry_after)
    if is_growing then
      schedule.pause = settle * PARTIAL_PAUSE
      return
    end
    schedule.pause = schedule.empty_pause
    schedule.empty_pause = math.min(schedule.empty_pause * 2, settle * MAX_PAUSE)
    local unsettled = schedule.began + settle - core.monotonic()
    if unsettled > 0 then
      schedule.pause = math.min(schedule.pause, unsettled + 1 / 1000)
    end
    schedule.pause = math.max(schedule.pause, retry_after or 0)
  end

  -- Waits until the next read is due. If the next read is due only after the deadline, a last read begins halfway to
  -- the deadline. Returns false if there is no next read.
  function schedule.wait()
    local left, pause = deadline - core.monotonic(), schedule.pause
    if schedule.is_last or left <= 0 or not client.pool then
      return false
    elseif pause >= left then
      schedule.is_last, pause = true, left / 2
    end
    await.sleep(client, pause)
    return client.pool ~= nil
  end

  return schedule
end

---@class cbr.SearchState what the reads of a search have shown so far
---@field entry cbr.Entry
---@field how cbr.SearchMode
---@field schedule table when to read, made by new_schedule
---@field view? cbr.SearchView what the last successful read showed
---@field orders cbr.FoundOrder[] the orders that this read showed. If it showed none although an earlier read had shown
-- orders, these are the earlier ones: they exist, whatever a later read shows
---@field doubtful table[] the doubtful tasks and records of the last read that showed any
---@field is_settled boolean if the order was accepted, the last successful read showed it
---@field is_growing boolean the last read showed a part of the order, and the rest may follow soon
---@field good_reads integer number of successful reads
---@field most_parts integer the most parts of one order that a read showed
---@field partial_reads integer number of reads since one showed more parts, that one included
---@field failure? cbr.Error error of the last read
---@field failing_since? number time since which every read was rejected, on core.monotonic's clock

local function new_state(entry, deadline, how)
  return {
    entry = entry, how = how, schedule = new_schedule(entry.client, deadline), orders = {}, doubtful = {},
    is_settled = false, is_growing = false, good_reads = 0, most_parts = 0, partial_reads = 0,
  }
end

-- Notes a read that failed.
local function note_failure(state, err)
  state.failure, state.is_growing = err, false
  state.failing_since = not retry.may_succeed(err) and (state.failing_since or core.monotonic()) or nil
end

-- Notes what a read has shown that began at the time `asked_at`.
local function note_view(state, view, asked_at)
  local schedule = state.schedule
  state.failure, state.failing_since = nil, nil
  state.view, state.good_reads = view, state.good_reads + 1
  state.is_settled = state.good_reads > 1 and asked_at - schedule.began >= schedule.settle
  local earlier = state.orders[1]
  local has_vanished = earlier and #view.orders == 0 and not state.entry:is_of_another(earlier.result)
  state.orders = has_vanished and state.orders or view.orders
  state.doubtful = view.doubtful[1] and view.doubtful or state.doubtful
  local order = #state.orders == 1 and state.orders[1]
  state.is_growing = false
  if order and order.result then
    state.partial_reads = #order.parts > state.most_parts and 1 or state.partial_reads + 1
    state.most_parts = math.max(#order.parts, state.most_parts)
    state.is_growing = not order.is_complete and state.partial_reads <= PARTIAL_READS
  end
end

-- Whether the entry may take an order that matches.
local function may_take(entry, order, is_settled)
  return order.is_proved or not entry:must_wait(is_settled, { order })
end

-- Returns the verdict if no other read follows.
local function last_verdict(state)
  local entry, order = state.entry, #state.orders == 1 and state.orders[1]
  if order and order.result and not entry:is_of_another(order.result) and may_take(entry, order, state.is_settled) then
    return "found"
  end
  return #state.orders > 1 and "several" or state.failure and "unread" or "open"
end

-- Returns the parts that may belong to the order, after a read that showed no order that matches.
local function doubtful_parts(state)
  return state.view.unclear[1] and state.view.unclear or state.doubtful
end

-- Returns the verdict after a read that showed no order that matches; nil if nothing is proved yet.
local function verdict_of_empty(state)
  local view, how = state.view, state.how
  if how.is_duplicate and view.others and #view.unclear == 0 then
    return "others"
  elseif how.settles and view.is_dated and state.is_settled then
    return #doubtful_parts(state) > 0 and "doubtful" or how.is_expected and "open" or "nothing"
  end
end

-- Returns the verdict after a successful read; nil if another read must follow.
local function verdict_of(state)
  local entry, orders, is_over = state.entry, state.orders, false
  if #orders == 0 then
    return verdict_of_empty(state)
  elseif #orders > 1 then
    is_over = (state.is_settled or not state.view.is_mixed) and not entry:must_wait(true, orders)
  elseif orders[1].result then
    is_over = not state.is_growing and may_take(entry, orders[1], state.is_settled)
  end
  return is_over and last_verdict(state) or nil
end

-- Returns the parts of these orders, each part once. `orders` has an order twice if its parts may come from two orders.
local function parts_of(orders)
  local distinct, is_there = {}, {}
  for _, order in ipairs(orders) do
    distinct[#distinct + 1] = not is_there[order] and order or nil
    is_there[order] = true
  end
  return tables.gathered(distinct, "parts")
end

---@class cbr.SearchMode
---@field settles boolean whether a settle time without any evidence proves that the order was not accepted
---@field is_duplicate boolean whether the order was rejected as a duplicate
---@field is_expected? boolean the order must exist, so that a read without it proves nothing

---@alias cbr.SearchVerdict "found"|"nothing"|"others"|"several"|"doubtful"|"open"|"unread"

--- Searches until it is certain what became of the order, until the reads fail for good, or until the deadline.
---@param entry cbr.Entry its field `began` is set
---@param deadline number time on core.monotonic's clock
---@param how cbr.SearchMode
---@return table? result of the order, with `reconciled` true
---@return cbr.SearchVerdict verdict
---@return table[] seen parts that match, or may match
---@return cbr.Error? failure of the last read
function search.run(entry, deadline, how)
  local state, verdict = new_state(entry, deadline, how), nil
  local schedule = state.schedule
  repeat
    local asked_at = core.monotonic()
    local view, err = search_once(entry, deadline)
    if view then
      note_view(state, view, asked_at)
      verdict = verdict_of(state)
    else
      note_failure(state, err)
    end
    schedule.set_pause(state.is_growing, err and err.retry_after)
    local is_rejected = state.failing_since and asked_at - state.failing_since >= schedule.settle
  until verdict or is_rejected or not schedule.wait()
  verdict = verdict or last_verdict(state)
  if verdict == "found" then
    local result = state.orders[1].result
    result.reconciled = true
    return result, verdict, parts_of(state.orders)
  end
  return nil, verdict, verdict == "doubtful" and doubtful_parts(state) or parts_of(state.orders), state.failure
end

return search
