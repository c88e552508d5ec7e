--- The error object: what every failure that the world can cause comes back as.

local text = require "cbr.util.text"

local errors = {}

--- The kinds there are, with what each stands for.
errors.kinds = {
  argument = "bad parameters, nothing was sent; `problems` lists them all",
  config = "the client cannot be made from these options",
  credentials = "no usable credentials",
  connect = "no connection: name, route, refusal, proxy",
  tls = "the server could not be trusted",
  timeout = "the deadline or the connect timeout passed",
  network = "the connection broke, or the answer was cut short",
  throttled = "too many requests",
  unauthorized = "signature, key or token refused",
  forbidden = "not allowed to this user, account or region",
  not_found = "no such vault, backup, task, region",
  busy = "something else runs on it: later",
  quota = "a limit or a size is used up",
  service = "the service refused or failed",
  protocol = "an answer that is no valid answer",
  task = "it ran and failed",
}

---@class cbr.Error
---@field kind string one of `errors.kinds`
---@field message string the service's own words, or ours
---@field code? string the service's own (`BackupService.6105`, `APIGW.0301`)
---@field status? integer HTTP status
---@field request_id? string `X-Request-Id` of the answer
---@field encoded_authorization_message? string of a refusal by policy: for the account's administrator to decode
---@field operation? string which call
---@field attempts? integer how often it was tried
---@field advice? string what to do about it
---@field hint? string in plain words, what a 401 is about, or why a call was not repeated, or what to do about an
-- order whose outcome is unknown
---@field outcome? "not_sent"|"rejected"|"unknown" of an order: whether it can have been taken in
---@field retryable boolean whether trying again later can help
---@field retry_after? number seconds to wait before that
---@field seen? table[] of an order whose outcome is unknown: what the service shows that may come from it
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

-- Bytes of a field; what is not listed gets text.line's own limit.
local LIMITS = { code = 100, request_id = 100, encoded_authorization_message = 16384 }

--- Makes an error of `fields`; text from outside is cut to one line.
---@param fields table the fields of cbr.Error
---@return cbr.Error
function errors.new(fields)
  assert(errors.kinds[fields.kind], "unknown kind of error")
  for name, value in pairs(fields) do
    if type(value) == "string" then
      fields[name] = text.line((value:gsub("//[^/%s]*@", "//***@")), LIMITS[name]) -- user and password of a URL
    end
  end
  fields.retryable = fields.retryable or false
  return setmetatable(fields, meta)
end

--- A copy.
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
---@return cbr.Error
function errors.argument(problems)
  local words = {}
  for i, problem in ipairs(problems) do
    words[i] = problem.parameter .. " " .. problem.problem
  end
  return errors.new {
    kind = "argument",
    message = table.concat(words, "; "),
    problems = problems,
    outcome = "not_sent",
  }
end

return errors
