--- The error object. Every failure that is not a misuse of the module is returned as one.
--
-- Whoever finds a fact about a failed call writes it into the call's context; `errors.finish` alone turns these facts
-- into the fields `operation`, `attempts`, `outcome`, `retryable` and `hint`.

local text = require "cbr.util.text"

local errors = {}

--- All kinds of errors, with their meanings.
errors.kinds = {
  argument = "invalid parameters, nothing was sent; `problems` lists them all",
  config = "the client cannot be made from these options",
  credentials = "no usable credentials",
  connect = "no connection: name look-up, route, refused connection, proxy",
  tls = "the server could not be trusted",
  timeout = "the deadline or the connect timeout passed",
  network = "the connection broke, or the response was cut short",
  throttled = "too many requests",
  unauthorized = "signature, key or token rejected",
  forbidden = "not allowed for this user, account or region",
  not_found = "no such vault, backup, task, region",
  busy = "something else runs on the resource: retry later",
  quota = "a limit or a size is used up",
  service = "the service rejected the request, or failed",
  protocol = "the response is not valid",
  task = "the task ran and failed",
}

---@class cbr.Error
---@field kind string one of `errors.kinds`
---@field message string the service's own words, or ours
---@field code? string the service's own (`BackupService.6105`, `APIGW.0301`)
---@field status? integer HTTP status
---@field request_id? string `X-Request-Id` of the response
---@field encoded_authorization_message? string of a rejection by policy: the account's administrator can decode it
---@field operation? string name of the operation
---@field attempts? integer how many requests were sent
---@field advice? string what to do about it
---@field hint? string the cause of a 401 in plain words, or why the call was not retried, or what to do about an order
-- whose outcome is unknown
---@field outcome? "not_sent"|"rejected"|"unknown" of a call that changes something: whether it may have been accepted
---@field retryable boolean whether a later retry can help
---@field retry_after? number seconds to wait before it
---@field seen? table[] of an order whose outcome is unknown: what the service shows that may come from it
---@field report? table of `client:wait`: the state of everything that it follows
---@field problems? cbr.Problem[] of kind `argument`
---@class cbr.Problem
---@field parameter string
---@field problem string

local meta = { __name = "cbr.error" }

--- One line, without secrets.
function meta:__tostring()
  local words = {}
  if self.operation then
    words[#words + 1] = self.operation .. ": "
  end
  if self.code then
    words[#words + 1] = self.code .. ": "
  end
  words[#words + 1] = self.message
  if self.hint then
    words[#words + 1] = ": " .. self.hint
  end
  local facts = { self.kind }
  if self.status then
    facts[#facts + 1] = ("HTTP %d"):format(self.status)
  end
  if self.request_id then
    facts[#facts + 1] = "request " .. self.request_id
  end
  if self.attempts and self.attempts > 1 then
    facts[#facts + 1] = ("%d attempts"):format(self.attempts)
  end
  if self.outcome then
    facts[#facts + 1] = "outcome " .. self.outcome
  end
  return ("%s (%s)"):format(table.concat(words), table.concat(facts, ", "))
end

-- Kinds whose failures are transient, unless the context says otherwise.
local TRANSIENT = { connect = true, timeout = true }

local function is_transient(err, context)
  if context.transient ~= nil then
    return context.transient
  elseif err.retryable ~= nil then
    return err.retryable -- the context of an inner call has said it
  end
  return TRANSIENT[err.kind] or false
end

-- Over all requests of the call. See cbr.Context.
local function outcome_of(context)
  if not context.is_write then
    return nil
  end
  return context.is_unknown and "unknown" or context.is_sent and "rejected" or "not_sent"
end

--- Sets the fields of an error that depend on its call, from the facts in the context. Can be called again when the
-- context knows more.
---@param err cbr.Error
---@param context cbr.Context or the part of one that is known
---@return cbr.Error err
function errors.finish(err, context)
  local search, attempts = context.search, context.attempts or err.attempts or 0
  err.operation = context.operation or err.operation
  err.attempts = attempts > 0 and attempts or nil
  err.outcome = outcome_of(context)
  err.retryable = is_transient(err, context) and err.outcome ~= "unknown"
  err.retry_after = context.retry_after or err.retry_after
  err.hint = search and search.hint or context.explanation or context.not_retried or err.hint
  err.seen = err.outcome == "unknown" and search and search.seen or nil
  err.report = context.report or err.report
  return err
end

-- Bytes of a field; other fields have text.line's own limit.
local LIMITS = { code = 100, request_id = 100, encoded_authorization_message = 16384 }

--- Makes an error and finishes it. Text is cut to one line, and secrets in it are replaced.
---@param fields table the fields of cbr.Error that do not depend on the call
---@param context cbr.Context or the part of one that is known
---@param secrets? string[] what no text may contain
---@return cbr.Error
function errors.new(fields, context, secrets)
  assert(errors.kinds[fields.kind], "unknown kind of error")
  text.clean(fields, LIMITS, secrets)
  return errors.finish(setmetatable(fields, meta), context)
end

--- A copy, for one of several calls that an error concerns.
---@param err cbr.Error
---@return cbr.Error
function errors.copy(err)
  local copy = {}
  for name, value in pairs(err) do
    copy[name] = value
  end
  return setmetatable(copy, meta)
end

--- Whether a value is an error of this module.
---@param value any
---@return boolean
function errors.is(value)
  return getmetatable(value) == meta
end

--- The error for parameters that cannot be sent.
---@param problems cbr.Problem[] not empty
---@param context cbr.Context or the part of one that is known
---@return cbr.Error
function errors.argument(problems, context)
  local words = {}
  for i, problem in ipairs(problems) do
    words[i] = problem.parameter .. " " .. problem.problem
  end
  return errors.new({ kind = "argument", message = table.concat(words, "; "), problems = problems }, context)
end

return errors
