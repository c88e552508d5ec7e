--- One call of the user: all of its attempts, within its deadline.

local attempt = require "cbr.call.attempt"
local await = require "cbr.loop.await"
local core = require "cbr.core"
local errors = require "cbr.errors"
local log = require "cbr.util.log"
local operations = require "cbr.operations"
local retry = require "cbr.call.retry"
local text = require "cbr.util.text"

local call = {}

---@class cbr.Context the state of one call. Code that finds a fact writes it here; `errors.finish` reads it
---@field client cbr.Client
---@field operation string name of the operation, for errors and the log
---@field definition? cbr.Operation nil for `client:request`
---@field request table `method`, `path` (with `{project_id}`), `query?`, `headers`, `body?`
---@field params? table parameters of the operation; a copy, never the caller's table
---@field options { timeout?: number, connect_timeout?: number, max_attempts?: integer, reconcile?: boolean }
---@field is_write boolean the call can change something, so that its errors have an `outcome`
---@field is_idempotent? boolean the call is a write that can be sent twice without harm
---@field open_entry? fun(context: cbr.Context): cbr.Entry opens the entry of an order; nil: no search
---@field entry? cbr.Entry the entry from `open_entry`
---@field deadline number on core.monotonic's clock
---@field attempt_deadline number of the current attempt; for an order it leaves time for a search
---@field began? cbr.Moment when the current attempt of an order began
---@field attempts integer requests that were sent
---@field retries integer attempts after the first one
---@field max_attempts integer
---@field credentials? table the credentials of the current attempt
---@field project_id? string
---@field domain_id? string|true
---@field rejected_credentials? table credentials that the service rejected; the source was asked for others
---@field rejection? cbr.Error the error of that rejection
---@field is_clock_corrected? boolean
---@field response? table response to the current attempt, as the core returns it
---@field raw_message? string message of an error response; may contain secrets
---@field is_sent? boolean a request was written to a connection, at least in part
---@field is_unknown? boolean a request may have been accepted, and no search has disproved it
---@field transient? boolean the failure is temporary; nil: the kind of the error decides
---@field advice? string what to do about an error response; nil: the kind of the error decides
---@field explanation? string cause of a 401 in plain words
---@field not_retried? string why a failed call was not retried
---@field asked_pause? number seconds that the service asks to wait before a retry
---@field window? number seconds that a rate limit counts together, if it was exceeded
---@field retry_after? number seconds to wait before a retry
---@field search? { verdict: string, hint?: string, seen: table[] } result of the search for a lost order
---@field report? table report of `client:wait`
---@field secrets? string[] texts, besides the credentials, that no error may contain

-- An order that can be searched for reserves this share of its remaining time for the search, and at least this many
-- seconds (but no more than half of the time). Without a reserve, a call whose attempt times out could not find out
-- what became of its order. A search after the deadline would break the promise of `timeout`.
local SEARCH_SHARE, SEARCH_SECONDS = 0.25, 2

-- A write is retried only if more time than this is left: a retry that times out would turn a clean rejection into an
-- unknown outcome.
local LEAST_RETRY_SECONDS = 1

local function kept_for_search(left)
  return math.max(left * SEARCH_SHARE, math.min(SEARCH_SECONDS, left / 2))
end

-- The time that a retry may take for its pause.
local function time_for_pause(context)
  return context.deadline - core.monotonic() - (context.is_write and LEAST_RETRY_SECONDS or 0)
end

-- Returns the pause before a retry. It lasts until the window of an exceeded rate limit has certainly ended, if that is
-- in time; otherwise it is the ordinary pause, since the window may end at any moment.
local function pause_of(context, pace)
  local nth, first, window = context.retries + 1, context.client.retry_pause, context.window
  if window and not context.asked_pause and window <= retry.LONGEST_ASKED_SECONDS then
    local pause = retry.pause(nth, pace, first, window)
    if pause < time_for_pause(context) then
      return pause
    end
  end
  return retry.pause(nth, pace, first, context.asked_pause)
end

-- Waits until another attempt is due. Returns false, without a pause, if there must not be another attempt; the field
-- `not_retried` of the context may then give the reason.
local function wait_for_retry(context, err, pause)
  local client, asked, window = context.client, context.asked_pause or 0, context.window
  context.retry_after = pause > 0 and pause or nil
  if context.retries + 1 >= context.max_attempts then
    if window and not context.options.ignores_window then
      context.retry_after = math.max(pause, window)
      context.not_retried = ("the service limits the requests of every %.0f s: wait until they have passed"):format(
        window)
    end
    return false
  elseif asked > retry.LONGEST_ASKED_SECONDS then
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
    await.sleep(client.pool, pause)
  end
  return client.pool ~= nil
end

-- Returns what the clocks show now, for service_clock.
local function moment(client)
  return { at = core.monotonic(), wall = os.time() + client.clock_offset, date_header = client.date_header }
end

-- Results of a transfer after which the service may still be working on the request.
local IS_OPEN = { timeout = true, cancelled = true, forked = true, no_memory = true }

-- Searches for an order after an attempt whose outcome is unknown, or which was rejected as a duplicate. Returns the
-- result of the order if it was found; else nil, and whether another attempt may be made.
local function search(context, err, is_duplicate)
  local response = context.response
  local free_at = core.monotonic() + (context.asked_pause or 0)
  context.entry:note_open(context.began, not is_duplicate and response.headers["x-request-id"] or nil)
  local result = context.entry:search(context, {
    is_duplicate = is_duplicate, settles = not is_duplicate and not IS_OPEN[response.result],
  })
  if result then
    return result
  elseif context.search.verdict ~= "nothing" then
    return nil, false
  end
  return nil, wait_for_retry(context, err, math.max(free_at - core.monotonic(), 0))
end

-- For a retry that was accepted with nothing to do, when the outcome of an earlier attempt is unknown: the earlier
-- attempt may have been accepted. Returns the result; or nil and an error.
local function search_earlier(context, result)
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

-- Makes attempts until one succeeds or no other attempt may be made. Returns the result; or nil and an error.
local function try_until_done(context)
  local client, entry = context.client, context.entry
  while true do
    context.attempt_deadline = context.deadline
    if entry then
      context.began = moment(client)
      context.attempt_deadline = context.deadline - kept_for_search(context.deadline - context.began.at)
      entry.stage = "sending"
    end
    local result, err = attempt.once(context)
    if entry then
      entry.stage = nil
    end
    if result then
      if entry and entry.began and result.backups and #result.backups == 0 then
        result, err = search_earlier(context, result)
      end
      return result, err
    end
    local verdict, pace = retry.verdict(context, err)
    local is_duplicate = entry and entry.began and context.definition.duplicate_codes[err.code]
    local may_go_on
    if entry and context.response and (verdict == "search" or is_duplicate) then
      -- A duplicate: either the earlier attempt was accepted, or somebody else has placed the same order.
      result, may_go_on = search(context, err, verdict ~= "search")
      if result then
        return result
      end
    elseif verdict == "retry" then
      may_go_on = wait_for_retry(context, err, pause_of(context, pace))
    end
    if not may_go_on then
      return nil, errors.finish(err, context)
    end
  end
end

--- Makes a call.
---@param context cbr.Context the caller sets `client`, `operation`, `request`, `options` and `is_write`; for an
-- operation also `definition`, `params`, `is_idempotent` and `open_entry`
---@return table|true|nil result
---@return cbr.Error? err
function call.run(context)
  local client, options = context.client, context.options
  context.deadline = core.monotonic() + (options.timeout or client.timeout)
  context.attempts, context.retries = 0, 0
  context.max_attempts, context.connect_timeout = options.max_attempts or client.max_attempts, options.connect_timeout
  context.entry = context.open_entry and context.open_entry(context)
  local result, err = try_until_done(context)
  if result and not client.budget.is_full then
    client.budget:earn(context.retries)
  end
  if context.entry then
    context.entry:close(result)
  end
  return result, err
end

---@class cbr.ReadOptions
---@field operation string name of the read in errors and in the log
---@field timeout? number seconds
---@field max_attempts? integer
---@field ignores_window? boolean `retry_after` of an error does not contain the window of a rate limit

--- Calls an operation that reads, for another part of the module.
---@param client cbr.Client
---@param name string official name of the operation
---@param params table
---@param options cbr.ReadOptions
---@return table? result
---@return cbr.Error? err
function call.read(client, name, params, options)
  local definition = operations[name]
  local request, problems = definition:request(params)
  if not request then
    return nil, errors.argument(problems, { operation = options.operation })
  end
  local result, err = call.run {
    client = client, operation = options.operation, definition = definition, request = request, params = request.params,
    options = options, is_write = false,
  }
  return result == true and {} or result, err
end

return call
