--- The error object. Every failure is returned as such an object; only misuse of the module raises an error.
--
-- Code that finds a fact about a failed call writes it into the call's context. Only `errors.finish` turns these facts
-- into the fields `operation`, `attempts`, `outcome`, `retryable`, `hint` and `advice`.

local json = require "cbr.util.json"
local late = require "cbr.util.late"
local shown = require "cbr.util.shown"

local errors = {}

--- All kinds of errors, with their meanings.
errors.kinds = {
  argument = "the parameters are not valid, and nothing was sent; `problems` lists every problem",
  config = "an option, a variable or a file cannot be used; the message names it",
  credentials = "there are no usable credentials",
  connect = "no connection was made: the name look-up, the route, the server or the proxy failed",
  tls = "the server could not be trusted",
  timeout = "the deadline or the connect timeout passed",
  network = "the connection broke, or the response was cut short",
  no_memory = "memory ran out",
  throttled = "there were too many requests",
  unauthorized = "the signature, the key or the token was rejected",
  forbidden = "the call is not allowed for this user, account or region",
  not_found = "there is no such vault, backup, task or region",
  busy = "other work on the resource is in progress: retry later",
  quota = "a limit or a capacity is used up",
  nothing_to_do = "all backups are in the destination region already, or are being copied",
  service = "the service rejected the request, or failed",
  protocol = "the response is not valid",
  task = "the task ran and failed",
}

--- Kind of an error -> advice to the user. Advice for the code of the error takes precedence.
errors.advice = {
  argument = "correct the parameters; nothing was sent",
  config = "correct the option or the variable that the message names",
  credentials = "set the variables HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, or pass `credentials` to cbr.new",
  connect = "check the region or endpoint, the name look-up, the proxy and the network, then retry",
  tls = "check ca_file, the certificate of the server or proxy, and this machine's clock",
  timeout = "retry later, or with a longer timeout",
  network = "retry later; if it happens again, check the network and the proxy",
  no_memory = "give the process more memory, or make fewer calls at the same time",
  throttled = "wait, then retry more slowly",
  unauthorized = "check the key, the token, the project and this machine's clock",
  forbidden = "ask for the permission, or use an account and a region that have it",
  not_found = "check the id, the project and the region",
  busy = "other work on the resource is in progress: wait for its end, then retry",
  quota = "make room or raise the limit, then retry",
  nothing_to_do = "nothing needs to be done",
  service = "if the message does not say what to do, ask the service's support, and name the request id",
  protocol = "check the endpoint and the proxy: something other than the service may have responded",
  task = "remove the cause that the report names, then send a new request for what failed",
}

if rawget(_G, "ngx") then
  local hidden = "nginx hides the environment from its workers: name every variable in nginx.conf, such as "
    .. "'env HUAWEICLOUD_SDK_AK;' and 'env HUAWEICLOUD_SDK_SK;', or pass "
  errors.advice.credentials = hidden .. "`credentials` to cbr.new"
  errors.advice.config = errors.advice.config .. "; " .. hidden .. "options to cbr.new"
end

-- Advice for every error of a call that may have been accepted: a retry could make the same change twice.
local ADVICE_FOR_UNKNOWN = "the service may have accepted the request: check before you send it again"

---@class cbr.Error
---@field kind cbr.ErrorKind one of the kinds in `errors.kinds`
---@field message string text of the service, or of this module
---@field code? string error code of the service (`BackupService.6105`, `APIGW.0301`)
---@field reason? string what the code means, where scripts need to know: `no_backup`
---@field status? integer HTTP status
---@field request_id? string `X-Request-Id` of the response
---@field encoded_authorization_message? string details of a rejection by policy; an administrator of the account can
-- decode it
---@field operation? string name of the operation
---@field attempts? integer number of requests that were sent
---@field advice string what to do about the failure
---@field hint? string the cause of a 401 in plain words, or why the call was not retried, or what to do about an order
-- with an unknown outcome
---@field outcome? "not_sent"|"rejected"|"unknown" whether a call that changes something may have been accepted
---@field retryable boolean whether a later retry can help
---@field retry_after? number seconds to wait before a retry; nil if the error is not retryable
---@field seen? table[] tasks and records that may belong to an order with an unknown outcome
---@field report? cbr.Report the report of `client:wait`: the state of everything that was followed
---@field problems? cbr.Problem[] all problems, if the kind is `argument`
---@class cbr.Problem
---@field parameter string
---@field problem string

local meta = { __name = "cbr.error" }

local MAX_MESSAGE_BYTES_BEFORE_HINT = 400 -- limit for a message that is followed by a hint

--- Returns the error in one line, without secrets: the message, then the hint (or else the advice),
-- then the other facts.
function meta:__tostring()
  local words = {}
  if self.operation then
    words[#words + 1] = self.operation .. ": "
  end
  if self.code then
    words[#words + 1] = self.code .. ": "
  end
  words[#words + 1] = self.hint and shown.line(self.message, MAX_MESSAGE_BYTES_BEFORE_HINT) or self.message
  words[#words + 1] = " - " .. (self.hint or self.advice)
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
    return err.retryable -- an inner call has set this field
  end
  return TRANSIENT[err.kind] or false
end

-- Returns the outcome of a call, from the facts about all of its requests (see cbr.Context).
local function outcome_of(context)
  if not context.is_write then
    return nil
  end
  return context.is_unknown and "unknown" or context.is_sent and "rejected" or "not_sent"
end

local function advice_of(err, context)
  if err.outcome == "unknown" then
    return ADVICE_FOR_UNKNOWN
  end
  local earlier = err.advice ~= ADVICE_FOR_UNKNOWN and err.advice or nil
  return context.advice or earlier or errors.advice[err.kind]
end

-- Name of a field -> its limit in bytes. All other fields have the default limit of shown.line.
local LIMITS = { code = 100, request_id = 100, encoded_authorization_message = 16384 }

-- Returns copies of parts of orders (tasks and records), with texts that can be displayed. The parts themselves are not
-- changed, because they are in use elsewhere.
local function shown_parts(parts)
  local copies = json.list {}
  for i, part in ipairs(parts) do
    copies[i] = {}
    for name, value in pairs(part) do
      copies[i][name] = value
    end
    shown.clean(copies[i], LIMITS)
  end
  return copies
end

--- Sets the fields of an error that depend on its call, from the facts in the context. This function can be called
-- again when the context has more facts.
---@param err cbr.Error
---@param context cbr.Context or a table with some of its fields
---@return cbr.Error err
function errors.finish(err, context)
  local search, attempts = context.search, context.attempts or err.attempts or 0
  err.operation = context.operation or err.operation
  err.attempts = attempts > 0 and attempts or nil
  err.outcome = outcome_of(context)
  err.retryable = is_transient(err, context) and err.outcome ~= "unknown"
  err.retry_after = err.retryable and (context.retry_after or context.asked_pause or err.retry_after) or nil
  err.hint = search and search.hint or context.explanation or context.not_retried or err.hint
  err.advice = advice_of(err, context)
  err.seen = err.outcome == "unknown" and search and search.seen and shown_parts(search.seen) or nil
  err.report = context.report or err.report
  return err
end

--- Makes an error and finishes it. Every text is cut to one line, and secrets in it are replaced.
---@param fields table the fields of cbr.Error that do not depend on the call
---@param context cbr.Context or a table with some of its fields
---@param secrets? string[] texts that the error must not contain
---@return cbr.Error
function errors.new(fields, context, secrets)
  assert(errors.kinds[fields.kind], "unknown kind of error")
  shown.clean(fields, LIMITS, secrets)
  return errors.finish(setmetatable(fields, meta), context)
end

--- Loads the modules behind these stand-ins (see cbr.util.late).
---@param context cbr.Context or a table with some of its fields
---@param ... table stand-ins; any other table counts as loaded
---@return cbr.Error? err why a module cannot be loaded; kind `connect` or `config`
function errors.of_loading(context, ...)
  local ok, reason, kind = late.ready(...)
  return not ok and errors.new({ kind = kind, message = reason }, context) or nil
end

--- Copies an error that several calls share.
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

--- Makes the error for invalid parameters.
---@param problems cbr.Problem[] not empty
---@param context cbr.Context or a table with some of its fields
---@return cbr.Error
function errors.argument(problems, context)
  local words = {}
  for i, problem in ipairs(problems) do
    words[i] = problem.parameter .. " " .. problem.problem
  end
  return errors.new({ kind = "argument", message = table.concat(words, "; "), problems = problems }, context)
end

return errors
