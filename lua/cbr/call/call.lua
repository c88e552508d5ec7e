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

---@class cbr.Context everything that one call knows. Whoever finds a fact writes it here; `errors.finish` reads it
---@field client cbr.Client
---@field operation string its name, for errors and the log
---@field definition? cbr.Operation nil for `client:request`
---@field request table `method`, `path` (with `{project_id}`), `query?`, `headers`, `body?`
---@field params? table of the operation: a copy, never the caller's table
---@field options { timeout?: number, connect_timeout?: number, max_attempts?: integer, reconcile?: boolean }
---@field is_write boolean the call can change something: its outcome matters
---@field is_idempotent? boolean a write that does no harm when it is sent twice
---@field open_entry? fun(context: cbr.Context): cbr.Entry of an order that can be found again: begins to watch it
---@field entry? cbr.Entry of such an order
---@field deadline number on core.monotonic's clock
---@field attempt_deadline number the same for the present attempt: an order keeps time back for a search
---@field began? cbr.Moment of an order: when the present attempt began
---@field attempts integer requests that were sent
---@field retries integer attempts after the first one
---@field max_attempts integer
---@field credentials? table of the present attempt
---@field project_id? string
---@field domain_id? string|true
---@field rejected_credentials? table the service rejected these, and others were asked for
---@field rejection? cbr.Error the error of that
---@field is_clock_corrected? boolean
---@field response? table of the present attempt, as the core returns it
---@field raw_message? string the service's words in an error response, with secrets in them
---@field is_sent? boolean a request was written to a connection, at least in part
---@field is_unknown? boolean a request may have been accepted, and no search has disproved it
---@field transient? boolean the failure may pass by itself; nil: its kind decides
---@field explanation? string of a 401
---@field not_retried? string why a failed call was not retried
---@field retry_after? number seconds to wait before a retry
---@field search? { verdict: string, hint?: string, seen: table[] } result of the search for a lost order
---@field report? table of `client:wait`
---@field secrets? string[] besides the credentials, what no error may contain

-- An order that can be found again keeps this share of its remaining time back for a search, and at least so many
-- seconds (or half of the time). Without it, a call that ran into its deadline could not find out what became of its
-- order; and more time on top would break the promise of `timeout`.
local SEARCH_SHARE, SEARCH_SECONDS = 0.25, 2

-- A write is retried only with more than this left: with less, a clean rejection would become an unknown outcome.
local LEAST_RETRY_SECONDS = 1

local function kept_for_search(left)
  return math.max(left * SEARCH_SHARE, math.min(SEARCH_SECONDS, left / 2))
end

-- Waits before another attempt, if there may be one. Else the context says why not. -> whether there may be one
local function wait_for_retry(context, err, pause, allowed)
  local client = context.client
  context.retry_after = pause > 0 and pause or nil
  if context.retries + 1 >= context.max_attempts then
    return false
  elseif not allowed then
    context.not_retried = ("not retried: the service asks for a pause of %.0f s"):format(pause)
    return false
  elseif core.monotonic() + pause >= context.deadline - (context.is_write and LEAST_RETRY_SECONDS or 0) then
    if core.monotonic() < context.deadline then
      context.not_retried = ("not retried: the next attempt is due in %s s, after the timeout"):format(
        text.decimal("%.1f", pause))
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

-- What the clocks show now. service_clock reads it.
local function moment(client)
  return { at = core.monotonic(), wall = os.time() + client.clock_offset, date_header = client.date_header }
end

-- The service may still be working on a request that ended so.
local IS_OPEN = { timeout = true, cancelled = true, forked = true }

-- Searches for an order after an attempt whose outcome is open, or that was rejected as a duplicate of an earlier one.
-- -> result of the order when it was found; nil, and whether another attempt may be made
local function search(context, err, is_duplicate)
  local response = context.response
  local free_at = core.monotonic() + (retry.after(response) or 0)
  context.entry:note_open(context.began, not is_duplicate and response.headers["x-request-id"] or nil)
  local result = context.entry:search(context, {
    is_duplicate = is_duplicate, settles = not is_duplicate and not IS_OPEN[response.result],
  })
  if result then
    return result
  elseif context.search.verdict ~= "nothing" then
    return nil, false
  end
  local pause = math.max(free_at - core.monotonic(), 0)
  return nil, wait_for_retry(context, err, pause, pause <= retry.LONGEST_RETRY_AFTER_SECONDS)
end

-- A retry was accepted with nothing to do, and the outcome of an earlier attempt is open: that one may have been
-- accepted after all. -> result; or nil, err
local function search_earlier(context, result)
  local earlier = context.entry:search(context, { is_duplicate = true, settles = true })
  local verdict = context.search.verdict
  if earlier or verdict == "nothing" or verdict == "others" then
    return earlier or result
  end
  context.transient = false
  return nil, errors.new({
    kind = "service",
    message = "the response says that nothing was begun, and the outcome of an earlier attempt is open",
  }, context)
end

-- Tries until there is a result, or none can be had. -> result; or nil, err
local function try_until_done(context)
  local client, entry = context.client, context.entry
  while true do
    context.attempt_deadline = context.deadline
    if entry then
      context.began = moment(client)
      context.attempt_deadline = context.deadline - kept_for_search(context.deadline - context.began.at)
    end
    local result, err = attempt.once(context)
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
      local pause, allowed = retry.pause(context.retries + 1, pace, client.retry_pause, context.response)
      may_go_on = wait_for_retry(context, err, pause, allowed)
    end
    if not may_go_on then
      return nil, errors.finish(err, context)
    end
  end
end

--- Makes a call.
---@param context cbr.Context with `client`, `operation`, `request`, `options`, `is_write`, and of an operation also
-- `definition`, `params`, `is_idempotent`, `open_entry`
---@return table|true|nil result
---@return cbr.Error? err
function call.run(context)
  local client, options = context.client, context.options
  context.deadline = core.monotonic() + (options.timeout or client.timeout)
  context.attempts, context.retries = 0, 0
  context.max_attempts = options.max_attempts or client.max_attempts
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
---@field operation string the name under which errors and the log know the read
---@field timeout? number seconds
---@field max_attempts? integer

--- Reads something that another part of the module needs.
---@param client cbr.Client
---@param name string official name of an operation that reads
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
