--- One try of a call: credentials, project, and as many requests as these take.
--
-- A request goes out again only where that is certain to do no harm: nothing was sent and another endpoint is left; the
-- clock was wrong and is corrected; the credentials were refused and others are had. The endpoints once each for a try;
-- clock and credentials once for all tries of a call, since five failed signatures in a row lock a key. What else may
-- be repeated, and when, cbr.perform decides.

local answers = require "cbr.call.response"
local check = require "cbr.util.check"
local core = require "cbr.core"
local errors = require "cbr.errors"
local exchange = require "cbr.call.http"
local explain = require "cbr.call.unauthorized"
local log = require "cbr.util.log"
local await = require "cbr.loop.await"
local time = require "cbr.util.time"

local call = {}

local REFUSED = 60 -- seconds for which a key that was refused is not tried again by this client
local SKEW = 300 -- seconds; the gateway allows 900, and a smaller difference cannot be the cause

local function same_credentials(a, b)
  return a.access_key == b.access_key and a.secret_key == b.secret_key and a.security_token == b.security_token
    and a.token == b.token
end

-- What a call says for want of credentials: an error of its own, never one that other calls got as well.
local function no_credentials(reason)
  if not errors.is(reason) then
    return errors.new { kind = "credentials", message = tostring(reason) }
  end
  local err = exchange.copy_error(reason)
  err.message = reason.operation and ("%s: %s"):format(reason.operation, reason.message) or reason.message
  err.kind = reason.kind == "timeout" and "timeout" or "credentials"
  return err
end

-- One of the ids that go with credentials. -> id; or nil, err
local function id_of(self, brought, find, found, deadline)
  local id, err = brought, nil
  if not id then
    id, err = find(self, found, deadline)
  end
  if not id then
    return nil, errors.is(err) and exchange.copy_error(err) or no_credentials(err)
  elseif not id:find(check.forms.project.pattern) then
    return nil, errors.new { kind = "config", message = ("'%s' must be %s"):format(id, check.forms.project.says) }
  end
  return id
end

-- Credentials, and the ids that a signature carries. -> found, project id, domain id; or found?, nil, err
local function identify(self, rejected, deadline)
  local found, reason = self.source(self, rejected, deadline)
  if not found then
    return nil, nil, no_credentials(reason)
  end
  local project_id, err = self.project_id -- one that was given was looked at when the client was made
  if not project_id then
    project_id, err = id_of(self, found.project_id, self.find_project, found, deadline)
    if not project_id then
      return found, nil, err
    end
  end
  local domain_id = self.domain_id
  if domain_id == true then
    domain_id, err = id_of(self, found.domain_id, self.find_domain, found, deadline)
    if not domain_id then
      return found, nil, err
    end
  end
  return found, project_id, domain_id
end

-- Whether the service refused the time of a signature; corrects the client's clock then, unless another call has done
-- so since this one was signed.
local function correct_clock(self, found, err, answer)
  local message = answers.raw_message(answer)
  if err.status ~= 401 or not found.access_key or not message:lower():find("signature expired", 1, true) then
    return false
  end
  local server = time.parse(message:match "server time:%s*(%d+T%d+Z)") or time.parse(answer.headers.date)
  local offset = server and server - os.time()
  if not offset or math.abs(offset - answer.clock_offset) < SKEW then
    return false
  elseif self.clock_offset == answer.clock_offset then
    self.clock_offset = offset
    log.tell(self, { event = "clock", offset = offset })
  end
  return true
end

-- Whether a refusal is about the credentials: the gateway's two codes, or IAM's own body (whose code is a number). Any
-- other 401 may be OpenStack's way to say that an id does not exist, or a proxy's.
local function is_about_credentials(err)
  local code = err.code or ""
  return err.status == 401 and err.kind == "unauthorized" and (code == "401" or code:find "^API[GC]W?%.030[17]$" ~= nil)
end

local NEXT_ENDPOINT = { connect = true, tls = true, timeout = true }

-- Whether another endpoint of the region is left, and nothing was sent to this one; goes on with that one then, unless
-- another call has done so already.
local function change_endpoint(self, origin, err, answer, left)
  if left == 0 or not NEXT_ENDPOINT[err.kind] or not answer or answer.reach ~= "not_sent" then
    return false
  end
  if self.origins[self.origin_index] == origin then
    self.origin_index = self.origin_index % #self.origins + 1
    log.tell(self, { event = "endpoint", from = origin, to = self.origins[self.origin_index], reason = err.message })
  end
  return true
end

-- Five failed signatures in a row lock a key. So as long as the service has not let a signature of this client in, one
-- request goes out at a time; and a key that was refused for good is not tried again for a while.

-- client -> what was refused, and why; not in the client, which may be printed with all that is in it
local refusals = setmetatable({}, { __mode = "k" })

-- -> true when this call may send; nil, err
local function may_sign(self, found, deadline)
  while found.access_key and not self.let_in do
    local refused = refusals[self]
    if refused and core.monotonic() < refused.until_when and same_credentials(found, refused.found) then
      local err = errors.copy(refused.err)
      err.outcome, err.hint = nil, ("%s; refused a moment ago, and not sent again"):format(err.hint or "the key")
      return nil, err
    end
    local trial = self.trial
    if not trial or not await.can_be_set(self.pool, trial) then
      self.trial = await.signal(deadline)
      return true
    end
    await.for_signal(self.pool, trial, deadline)
    if core.monotonic() > deadline then
      return nil, errors.new {
        kind = "timeout", message = "the deadline passed before the request could be sent", retryable = true,
      }
    end
  end
  return true
end

local function note_trial(self, answer)
  local trial = self.trial
  self.trial = nil
  if answer and answer.result == "ok" and answer.status ~= 401 then
    self.let_in = true
  end
  if trial then
    await.set(trial)
  end
end

-- Whether what an order was answered with can be followed. A list of nothing can: nothing was taken on.
local function has_ids(inside, name)
  local ids = inside[name]
  if type(ids) ~= "table" then
    return type(ids) == "string" and ids:find(check.forms.uuid.pattern) ~= nil
  end
  for _, entry in ipairs(ids) do
    if type(entry) ~= "table" or type(entry.backup_id) ~= "string" then
      return false
    end
  end
  return #ids > 0 or next(ids) == nil
end

-- Takes off what the answer is wrapped in, and sees to it that what it was asked for is there.
-- -> the table inside, or nil, err
local function unwrap(body, what, answer)
  local inside, lacks = body, nil
  if what.unwrap then
    inside = type(body) == "table" and body[what.unwrap]
    lacks = type(inside) ~= "table" and what.unwrap
  end
  if what.list and not lacks then
    if type(body) == "table" and body[what.list] == nil
      and answer.body:find(('"%s"%%s*:%%s*null'):format(what.list)) then
      body[what.list] = {} -- null is how some write an empty one
    end
    lacks = (type(body) ~= "table" or type(body[what.list]) ~= "table") and what.list
  elseif what.followed_by and not lacks then
    lacks = not has_ids(inside, what.followed_by) and what.followed_by
    for name, value in pairs(lacks and {} or what.params) do
      if name:find "vault_id$" or name:find "^destination_" then -- it is followed by these, too
        inside[name] = inside[name] == nil and value or inside[name]
      end
    end
  end
  if not lacks then
    return inside
  end
  return nil, errors.new {
    kind = "protocol", message = ("the answer has no '%s'"):format(lacks),
    status = answer.status, request_id = answer.headers["x-request-id"],
    outcome = what.order and "unknown" or nil,
  }
end

--- What the tries of a call have in common.
---@class cbr.Tries
---@field attempts integer requests that went out
---@field repeats integer tries behind the first one
---@field most integer tries, the first one among them
---@field corrected? boolean the clock was corrected
---@field rejected? table credentials that were refused
---@field refused? cbr.Error the error for which others were had

-- Completes the error of a try. -> nil, err, answer
local function fail(what, tries, err, answer)
  err.operation, err.attempts = what.operation, tries.attempts > 0 and tries.attempts or nil
  if what.order and not err.outcome then
    err.outcome = tries.attempts > 0 and "rejected" or "not_sent"
  end
  return nil, err, answer
end

-- One request. -> body; or nil, err, the origin it went to (nil: it ended before), the answer
local function attempt(self, request, what, tries, deadline, found, project_id, domain_id)
  local ok, err = may_sign(self, found, deadline)
  if not ok then
    return nil, err
  end
  local outgoing = {
    method = request.method, origin = self.origins[self.origin_index],
    path = request.path:gsub("{project_id}", project_id), query = request.query,
    headers = request.headers, body = request.body, project_id = project_id, domain_id = domain_id, service = "cbr",
    connect_timeout = what.options.connect_timeout,
  }
  tries.attempts = tries.attempts + 1
  local body, answer
  body, err, answer = exchange.send(self, outgoing, found, {
    operation = what.operation, attempt = tries.attempts, deadline = deadline, order = what.order,
  })
  note_trial(self, answer)
  if body then
    body, err = unwrap(body, what, answer)
  end
  if answer and err and err.status == 401 and err.kind == "unauthorized" then
    err.hint = explain.unauthorized(answers.raw_message(answer), function()
      return exchange.canonical(self, outgoing, found)
    end, { found.secret_key or found.token, found.security_token })
  end
  return body, err, outgoing.origin, answer
end

--- Makes one try.
---@param self cbr.Client
---@param request table `method`, `path` (with `{project_id}`), `query?`, `headers`, `body?`
---@param what cbr.Call
---@param tries cbr.Tries
---@param deadline number on core.monotonic's clock
---@return table|true|nil body
---@return cbr.Error? err
---@return table? answer that the error was read from; nil where no request of the call ended the try
function call.once(self, request, what, tries, deadline)
  local endpoints_left = #self.origins - 1
  while self.pool do
    local rejected, refused = tries.rejected, tries.refused
    local found, project_id, domain_id = identify(self, rejected, deadline)
    if refused and (not found or same_credentials(found, rejected)) then
      if rejected.access_key and refused.code == "APIGW.0301" then
        self.let_in = nil
        refusals[self] = { found = rejected, err = refused, until_when = core.monotonic() + REFUSED }
      end
      return fail(what, tries, refused)
    elseif not found then
      return fail(what, tries, domain_id) -- an error
    end
    local body, err, origin, answer
    if project_id then
      body, err, origin, answer = attempt(self, request, what, tries, deadline, found, project_id, domain_id)
    else
      err = domain_id -- an error: the look-up's
    end
    if body then
      return body
    end
    local read_from = exchange.answer_of(err)
    if origin and change_endpoint(self, origin, err, read_from, endpoints_left) then
      endpoints_left = endpoints_left - 1
    elseif read_from and not tries.corrected and correct_clock(self, found, err, read_from) then
      tries.corrected = true
    elseif read_from and not refused and is_about_credentials(err) then
      tries.rejected, tries.refused = found, err
    else
      return fail(what, tries, err, answer)
    end
  end
  return fail(what, tries, errors.new { kind = "network", message = "the client was closed" })
end

return call
