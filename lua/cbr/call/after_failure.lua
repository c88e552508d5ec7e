--- Decides what follows a failed attempt: a retry after a pause, a search for an order whose outcome
-- is unknown, or the end.

local await = require "cbr.loop.await"
local core = require "cbr.core"
local errors = require "cbr.errors"
local log = require "cbr.util.log"
local retry = require "cbr.call.retry"
local service_codes = require "cbr.call.service_codes"
local text = require "cbr.util.text"
require "cbr.call.service_clock" -- cbr.call.attempt uses this module

local after_failure = {}

-- Whether a response is malformed in a way that a retry may cure. A response that exceeds a size limit does not count,
-- because the response to a retry would exceed the limit, too.
local function is_garbled(err, response)
  local status = response.status or 0
  return err.kind == "protocol" and response.result ~= "too_large" and (status == 0 or status >= 200 and status < 300)
end

-- Decides what to do after a failed attempt: "retry", with the pace of the retry; "search"; or "stop".
--
-- Reads and idempotent calls are retried after any transient failure. Other calls are retried only if they were
-- certainly not accepted. If it is unknown whether a call was accepted, an order is searched for if it can be found,
-- and every other call fails.
local function next_step(context, err)
  local response = context.response
  local transient = context.transient
  if transient == nil then
    transient = err.retryable
  end
  if not response then
    return transient and "retry" or "stop", "quick"
  elseif context.is_write and context.is_unknown and not context.is_idempotent then
    return context.entry and "search" or "stop"
  end
  local is_harmless = not context.is_write or context.is_idempotent
  if transient or is_harmless and (is_garbled(err, response) or retry.is_undecided(err)) then
    return "retry", retry.pace(err)
  end
  return "stop"
end

-- A write is retried only if more time than this is left: a retry that times out would turn a clean rejection into an
-- unknown outcome.
local MIN_RETRY_SECONDS = 1

-- Returns how long the pause before a retry may be, in seconds.
local function time_for_pause(context)
  return context.deadline - core.monotonic() - (context.is_write and MIN_RETRY_SECONDS or 0)
end

-- Returns the pause before a retry. If a rate limit was exceeded and the time allows it, the pause lasts until the
-- window of the limit has certainly ended. Otherwise the pause is the ordinary one, because the window may end at any
-- moment.
local function pause_of(context, pace)
  local nth, first, window = context.retries + 1, context.client.retry_pause, context.window
  if window and not context.asked_pause and window <= retry.MAX_ASKED_SECONDS then
    local pause = retry.pause(nth, pace, first, window)
    if pause < time_for_pause(context) then
      return pause
    end
  end
  return retry.pause(nth, pace, first, context.asked_pause)
end

-- Waits until another attempt is due. Returns false, without a pause, if no other attempt may be made. The field
-- `not_retried` of the context may then say why.
local function wait_for_retry(context, err, pause)
  local client, asked, window = context.client, context.asked_pause or 0, context.window
  context.retry_after = pause > 0 and pause or nil
  if context.retries + 1 >= context.max_attempts then
    if window and not context.options.ignores_window then
      context.retry_after = math.max(pause, window)
      local words = "the service limits the number of requests in %.0f s: wait until this time has passed"
      context.not_retried = words:format(window)
    end
    return false
  elseif asked > retry.MAX_ASKED_SECONDS then
    context.not_retried = ("not retried: the service asks for a pause of %.0f s"):format(asked)
    return false
  elseif pause >= time_for_pause(context) then
    local now, seconds = core.monotonic(), text.decimal("%.1f", pause)
    if now < context.deadline then
      context.not_retried = ("not retried: the next attempt is due in %s s, %s the timeout"):format(seconds,
        now + pause < context.deadline and "too close to" or "after")
    end
    return false
  elseif not client.budget:spend() then
    context.not_retried = "not retried: this client's retry budget is used up"
    return false
  end
  context.retries = context.retries + 1
  log.tell(client, {
    event = "retry", operation = context.operation, attempt = context.attempts, pause = pause, kind = err.kind,
    code = err.code,
  })
  if pause > 0 and client.pool then
    await.sleep(client, pause)
  end
  return client.pool ~= nil
end

-- Results of a transfer after which the service may still be working on the request.
local IS_OPEN = { timeout = true, cancelled = true, forked = true, no_memory = true }

-- Searches for the order of an attempt whose outcome is unknown, or that was rejected as a duplicate. Returns the
-- result of the order if the search finds it; else nil, and whether another attempt may be made.
local function search(context, err, is_duplicate)
  local response = context.response
  local free_at = core.monotonic() + (context.asked_pause or 0)
  local is_named = not is_duplicate and context.response_of ~= "another"
  context.entry:note_open(context.began, is_named and response.headers["x-request-id"] or nil)
  local result = context.entry:search(context, {
    is_duplicate = is_duplicate, settles = not is_duplicate and not IS_OPEN[response.result],
    is_expected = context.response_of == "this",
  })
  if result then
    return result
  elseif context.search.verdict ~= "nothing" then
    return nil, false
  end
  return nil, wait_for_retry(context, err, math.max(free_at - core.monotonic(), 0))
end

--- Searches for the order of an earlier attempt after a retry that was accepted but started nothing. The outcome of the
-- earlier attempt is unknown: that attempt may have placed the order.
---@param context cbr.Context
---@param result table result of the retry
---@return table? result
---@return cbr.Error? err
function after_failure.search_earlier(context, result)
  local earlier = context.entry:search(context, { is_duplicate = true, settles = true, is_expected = true })
  if earlier or context.search.verdict == "others" then
    return earlier or result
  end
  context.transient = false
  return nil, errors.new({
    kind = "service",
    message = "the response says that nothing was started, and the outcome of an earlier attempt is unknown",
  }, context)
end

-- Whether the code of an error rejects the order of this call as a duplicate of an accepted order.
local function states_duplicate(context, err)
  local kinds = (service_codes.known[err.code] or {}).duplicate_of or {}
  return kinds[context.definition.order_kind]
end

--- Decides what to do after a failed attempt, and searches for an order or waits for the next attempt.
---@param context cbr.Context
---@param err cbr.Error
---@return table? result of an order that was found
---@return boolean? may_go_on another attempt is due
function after_failure.handle(context, err)
  local entry = context.entry
  local step, pace = next_step(context, err)
  local is_duplicate = entry and entry.began and states_duplicate(context, err)
  if entry and context.response and (step == "search" or is_duplicate) then
    -- The order was rejected as a duplicate: either the earlier attempt was accepted, or somebody else has placed the
    -- same order.
    return search(context, err, step ~= "search")
  elseif step == "retry" then
    return nil, wait_for_retry(context, err, pause_of(context, pace))
  end
end

return after_failure
