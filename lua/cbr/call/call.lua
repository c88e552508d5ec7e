--- One call of the user: all of its attempts, within its deadline.

local attempt = require "cbr.call.attempt"
local core = require "cbr.core"
local errors = require "cbr.errors"
local http = require "cbr.call.http"
local late = require "cbr.util.late"
local operations = require "cbr.operations"
local shown = require "cbr.util.shown"

local failure_modules = late "cbr.call.failure_modules"

local call = {}

---@class cbr.Context the state of one call. Code that finds a fact writes it here; `errors.finish` reads it
---@field client cbr.Client
---@field operation string name of the operation, for errors and the log
---@field definition? cbr.Operation nil for `client:request`
---@field request? table with `method`, `path` (with `{project_id}`), `query?`, `headers`, `body?`; nil: the call only
-- looks up the project id
---@field params? table parameters of the operation; a copy, never the caller's table
---@field options cbr.CallOptions|cbr.ReadOptions
---@field is_write? boolean the call can change something, so that its errors have an `outcome`
---@field is_idempotent? boolean the call is a write that can be sent twice without harm
---@field open_entry? fun(context: cbr.Context): cbr.Entry opens the entry of an order (see cbr.lost_orders.entry); nil:
-- the order cannot be searched for
---@field entry? cbr.Entry the entry from `open_entry`
---@field deadline number time on core.monotonic's clock
---@field attempt_deadline number deadline of the current attempt; for an order it leaves time for a search
---@field began? cbr.Moment when the current attempt of an order began
---@field attempts integer number of requests that were sent
---@field retries integer number of attempts after the first one
---@field max_attempts integer
---@field connect_timeout? number seconds; nil: the client's
---@field credentials? table the credentials of the current attempt
---@field project_id? string
---@field domain_id? string|true
---@field rejected_credentials? table credentials that the service rejected, so that the source was asked for others
---@field rejection? cbr.Error the error with which the service rejected `rejected_credentials`
---@field is_clock_corrected? boolean
---@field probe? cbr.Probe the current request, if it may show whether the service accepts the key
---@field response? table response to the current attempt, as the core returns it
---@field raw_message? string message of an error response; may contain secrets
---@field response_of? "this"|"another" the order that an invalid result names: the order of this call, which was
-- therefore accepted; or another order
---@field is_sent? boolean a request was written to a connection, at least in part
---@field is_unknown? boolean a request may have been accepted, and no search has ruled this out
---@field transient? boolean the failure is temporary; nil: the kind of the error decides
---@field advice? string what to do about an error response; nil: the kind of the error decides
---@field explanation? string more about the failure, such as the cause of a 401 in plain words
---@field not_retried? string why a failed call was not retried
---@field asked_pause? number seconds that the service asks to wait before a retry
---@field window? number length of the window of an exceeded rate limit, in seconds
---@field retry_after? number seconds to wait before a retry
---@field search? { verdict: string, hint?: string, seen: table[] } result of the search for a lost order
---@field report? table report of `client:wait`
---@field secrets? string[] texts, besides the credentials, that no error may contain

-- A call that places an order reserves this share of its remaining time for the search for the order, and at least this
-- many seconds (but no more than half of the time). Without a reserve, a call whose attempt times out could not find
-- out what became of its order. A search after the deadline would break the promise of `timeout`.
local SEARCH_SHARE, SEARCH_SECONDS = 1 / 4, 2

local function kept_for_search(left)
  return math.max(left * SEARCH_SHARE, math.min(SEARCH_SECONDS, left / 2))
end

-- Returns the present times of all clocks that service_clock compares.
local function moment(client)
  return { at = core.monotonic(), wall = os.time() + client.clock_offset, date_header = client.date_header }
end

-- Makes attempts until one succeeds or no other attempt may be made. Returns the result; or nil and an error.
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
      if entry and entry.began and type(result.backups) == "table" and #result.backups == 0 then
        result, err = failure_modules.after_failure.search_earlier(context, result)
      end
      return result, err
    end
    if late.pending[failure_modules] then
      local ok, reason = late.ready(failure_modules)
      if not ok then
        context.not_retried = "not retried: " .. reason
        return nil, errors.finish(err, context)
      end
    end
    local may_go_on
    result, may_go_on = failure_modules.after_failure.handle(context, err)
    if result then
      return result
    elseif not may_go_on then
      return nil, errors.finish(err, context)
    end
  end
end

--- Makes a call.
---@param context cbr.Context the caller sets `client`, `operation`, `request?`, `options` and `is_write`; for an
-- operation also `definition`, `params`, `is_idempotent` and `open_entry`
---@return table|string|true|nil result a text for a call without a request: the project id
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
---@field ignores_window? boolean the field `retry_after` of an error leaves out the window of a rate limit

--- Calls an operation that reads, for another module of cbr. Secrets that the service echoes are replaced in the
-- result, because the result may be shown in a report, a finding or an error.
---@param client cbr.Client
---@param name string official name of the operation
---@param params table
---@param options cbr.ReadOptions
---@return table? result
---@return cbr.Error? err
function call.read(client, name, params, options)
  local definition = operations[name]
  local err = errors.of_loading({ operation = options.operation }, definition)
  if err then
    return nil, err
  end
  local request, problems = definition:request(params)
  if not request then
    return nil, errors.argument(problems, { operation = options.operation })
  end
  local context = {
    client = client, operation = options.operation, definition = definition, request = request, params = request.params,
    options = options, is_write = false,
  }
  local result
  result, err = call.run(context)
  if result then
    shown.redact_all(result, http.secrets(context, context.credentials))
  end
  return result == true and {} or result, err
end

return call
