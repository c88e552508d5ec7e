--- One request and its answer: signed, sent, waited for, read, and told to the log hook.

local answers = require "cbr.call.response"
local core = require "cbr.core"
local errors = require "cbr.errors"
local log = require "cbr.util.log"
local await = require "cbr.loop.await"
local time = require "cbr.util.time"

local exchange = {}

-- What became of a transfer that could not even be started -> kind of error.
local NOT_STARTED = { bad_request = "argument", connect = "connect" }

---@class cbr.Exchange
---@field operation string its name, for errors and the log
---@field attempt? integer the how manieth for one call of the user
---@field deadline number on core.monotonic's clock
---@field order? boolean sets work in motion that must not be doubled
---@field pool? userdata instead of the client's own
---@field secrets? string[] more than the credentials, of which no error may speak

-- credentials, which are one client's -> keys of the last request with them, the next one's as a rule. Kept no longer
-- than the credentials themselves, and not in the client, which may be printed with all that is in it.
local keys_for = setmetatable({}, { __mode = "k" })

-- What a request is signed with; nil where it carries a token, or nothing.
local function keys_of(self, found, outgoing)
  if not found then
    return nil
  elseif found.token then
    local headers = { ["X-Auth-Token"] = found.token } -- the table of the caller may go out again with another
    for name, value in pairs(outgoing.headers) do
      headers[name] = value
    end
    outgoing.headers = headers
    return nil
  end
  local keys = keys_for[found]
  if not keys or keys.service ~= outgoing.service or keys.project_id ~= outgoing.project_id
    or keys.domain_id ~= outgoing.domain_id or keys.region ~= self.region then
    keys = {
      access_key = found.access_key,
      secret_key = found.secret_key,
      security_token = found.security_token,
      project_id = outgoing.project_id,
      domain_id = outgoing.domain_id,
      -- IAM is signed for with the default, as the SDKs do
      algorithm = outgoing.service == "cbr" and self.algorithm or nil,
      region = self.region,
      service = outgoing.service,
    }
    keys_for[found] = keys
  end
  return keys
end

-- What no message may contain.
local function secrets_of(found, others)
  local secrets = found and { found.secret_key or found.token, found.security_token } or {}
  for _, secret in ipairs(others or {}) do
    secrets[#secrets + 1] = secret
  end
  return secrets
end

--- The pool for services on this machine or its link: no proxy may come between.
---@param self cbr.Settings
---@return userdata? pool nil on a closed client
function exchange.direct_pool(self)
  if not self.pool then
    return nil
  end
  if not self.near_pool then
    self.near_pool = core.pool { max_body = 65536, max_head = 65536, proxy = "" }
    await.attach(self.near_pool, self.loop)
  end
  return self.near_pool
end

local function tell(self, what, outgoing, answer, err)
  log.tell(self, {
    event = "attempt",
    operation = what.operation,
    attempt = what.attempt or 1,
    method = outgoing.method,
    host = outgoing.origin:match "//(.*)",
    path = outgoing.path,
    status = answer.status,
    seconds = answer.seconds,
    sent = answer.sent,
    received = #answer.body,
    reused = answer.reused,
    request_id = answer.headers["x-request-id"] or answer.headers["x-iam-trace-id"],
    kind = err and err.kind,
    code = err and err.code,
    outcome = err and err.outcome,
  })
end

-- error -> the answer that it was read from
local answer_of = setmetatable({}, { __mode = "k" })

--- The answer that an error was read from, as it came; nil where there was none.
---@param err cbr.Error
---@return table?
function exchange.answer_of(err)
  return answer_of[err]
end

--- A copy of an error that several calls got, for one of them to complete.
---@param err cbr.Error
---@return cbr.Error
function exchange.copy_error(err)
  local copy = errors.copy(err)
  answer_of[copy] = answer_of[err]
  return copy
end

--- The service's time at a moment; never ahead of it, and behind it by no more than a second and an answer's way.
---@param self cbr.Settings
---@param moment number on core.monotonic's clock
---@return number seconds since 1970
function exchange.service_time(self, moment)
  local seen = self.service_date
  local date = seen and time.parse(seen.text)
  if date then
    return date - (seen.at - moment)
  end
  return os.time() + self.clock_offset - (core.monotonic() - moment)
end

-- The error of a request that never went out.
local function not_sent(what, kind, message)
  return nil, errors.new {
    kind = kind, message = message, operation = what.operation, outcome = what.order and "not_sent" or nil,
    retryable = kind == "timeout" or kind == "connect",
  }
end

--- Sends a request and waits for its end.
---@param self cbr.Settings
---@param outgoing table method, origin, path, query?, headers, body?, and what its signature carries
---@param found table? credentials; nil: unsigned
---@param what cbr.Exchange
---@return table|true|nil body decoded; true where there is none
---@return cbr.Error? err
---@return table? answer as it came; nil when nothing could be started
function exchange.send(self, outgoing, found, what)
  outgoing.timeout = what.deadline - core.monotonic()
  if outgoing.timeout <= 0 then
    return not_sent(what, "timeout", "the deadline passed before the request could be sent")
  end
  outgoing.connect_timeout = math.min(outgoing.connect_timeout or self.connect_timeout, outgoing.timeout)
  local offset = self.clock_offset
  outgoing.date = time.stamp(offset)
  local pool = what.pool or self.pool
  if not self.pool then
    return not_sent(what, "network", "the client was closed")
  end
  local keys = keys_of(self, found, outgoing)
  local transfer, serial, reason = pool:start(outgoing, keys, outgoing.date)
  if not transfer then
    return not_sent(what, NOT_STARTED[serial] or "config", reason)
  end
  await.finish(pool, transfer, serial)
  local answer = transfer:finish()
  answer.clock_offset = offset
  if outgoing.service == "cbr" and answer.headers.date then
    self.service_date = { text = answer.headers.date, at = core.monotonic() }
  end
  local body, err = answers.read(answer)
  if err then
    err = answers.error(answer, err, what.order, secrets_of(found, what.secrets))
    err.operation = what.operation
    answer_of[err] = answer
  end
  if self.log then
    tell(self, what, outgoing, answer, err)
  end
  return body, err, answer
end

--- The canonical request of one that was sent, to compare it with what a gateway saw.
---@param self cbr.Settings
---@param outgoing table as it was sent
---@param found table
---@return string? contains the security token, if there is one
function exchange.canonical(self, outgoing, found)
  local keys = keys_of(self, found, outgoing)
  if not keys then
    return nil
  end
  local headers = {}
  for name, value in pairs(outgoing.headers) do
    local lower = name:lower()
    if lower:find "^x%-" or lower == "content-type" then
      headers[name] = value
    end
  end
  local signature = core.sign({
    method = outgoing.method, host = outgoing.origin:match "//(.*)", path = outgoing.path, query = outgoing.query,
    headers = headers, body = outgoing.body,
  }, keys, outgoing.date)
  return signature and signature.canonical_request
end

return exchange
