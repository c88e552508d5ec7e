--- One call of the user: credentials, project, and as many requests as it takes.
--
-- A request goes out again only where that is certain to do no harm: nothing was sent and another endpoint is left; the
-- clock was wrong and is corrected; the credentials were refused and others are had. Each at most once for a call (once
-- for each endpoint), since five failed signatures in a row lock a key.

local answers = require "cbr.answers"
local core = require "cbr.core"
local errors = require "cbr.errors"
local exchange = require "cbr.exchange"
local explain = require "cbr.explain"
local log = require "cbr.log"
local time = require "cbr.time"

local call = {}

local SKEW = 300 -- seconds; the gateway allows 900, and a smaller difference cannot be the cause

local function same_credentials(a, b)
  return a.access_key == b.access_key and a.secret_key == b.secret_key and a.security_token == b.security_token
    and a.token == b.token
end

local function credentials_error(reason)
  if errors.is(reason) then
    return errors.new {
      kind = "credentials", message = ("%s: %s"):format(reason.operation or "credentials", reason.message),
      code = reason.code, status = reason.status, request_id = reason.request_id, retryable = reason.retryable,
    }
  end
  return errors.new { kind = "credentials", message = tostring(reason) }
end

-- Credentials, and the ids that a signature carries. -> found, project id, domain id; or nil, err
local function identify(self, rejected, deadline)
  local found, reason = self.source(self, rejected, deadline)
  if not found then
    return nil, credentials_error(reason)
  end
  local err
  local project_id = self.project_id or found.project_id
  if not project_id then
    project_id, err = self.find_project(self, found, deadline)
    if not project_id then
      return nil, errors.is(err) and err or credentials_error(err)
    end
  end
  local domain_id = self.domain_id
  if domain_id == true then
    domain_id = found.domain_id
    if not domain_id then
      domain_id, err = self.find_domain(self, found, deadline)
      if not domain_id then
        return nil, errors.is(err) and err or credentials_error(err)
      end
    end
  end
  return found, project_id, domain_id
end

-- Whether the service refused the time of a signature; corrects the client's clock then.
local function correct_clock(self, err, answer)
  local message = answers.raw_message(answer)
  if err.status ~= 401 or not message:lower():find("expired", 1, true) then
    return false
  end
  local server = time.parse(message:match "server time:%s*(%d+T%d+Z)") or time.parse(answer.headers.date)
  local offset = server and server - os.time()
  if not offset or math.abs(offset - self.clock_offset) < SKEW then
    return false
  end
  self.clock_offset = offset
  log.tell(self, { event = "clock", offset = offset })
  return true
end

-- Whether a refusal is about the credentials. A 401 may also be OpenStack's way to say that an id does not exist.
local function is_about_credentials(err)
  return err.status == 401 and err.kind == "unauthorized" and (not err.code or err.code == "401"
    or err.code:find "^API[GC]W?%.030[17]$" ~= nil)
end

-- What the answer is wrapped in taken off. -> the table inside, or nil, err
local function unwrap(body, what, answer)
  local inside = type(body) == "table" and body[what.unwrap]
  if type(inside) == "table" then
    return inside
  end
  return nil, errors.new {
    kind = "protocol", message = ("the answer has no '%s'"):format(what.unwrap),
    status = answer.status, request_id = answer.headers["x-request-id"],
    outcome = what.order and "unknown" or nil,
  }
end

local NEXT_ENDPOINT = { connect = true, tls = true, timeout = true }

-- Whether another endpoint of the region is left, and nothing was sent to this one; goes on with that one then.
local function change_endpoint(self, err, answer, left)
  if left == 0 or not NEXT_ENDPOINT[err.kind] or not answer or answer.reach ~= "not_sent" then
    return false
  end
  local from = self.origins[self.origin_index]
  self.origin_index = self.origin_index % #self.origins + 1
  log.tell(self, { event = "endpoint", from = from, to = self.origins[self.origin_index], reason = err.message })
  return true
end

--- Performs a call.
---@param self cbr.Client
---@param request table `method`, `path` (with `{project_id}`), `query?`, `headers`, `body?`
---@param what { operation: string, order: boolean, unwrap?: string, options: table }
---@return table|true|nil body
---@return cbr.Error? err
function call.perform(self, request, what)
  local timeout = what.options.timeout or self.timeout
  local deadline = core.monotonic() + timeout
  local attempts, rejected, renewed, corrected = 0, nil, false, false
  local endpoints_left = #self.origins - 1

  local function finish(err)
    err.operation, err.attempts = what.operation, attempts > 0 and attempts or nil
    if what.order and not err.outcome then
      err.outcome = attempts > 0 and "rejected" or "not_sent"
    end
    return nil, err
  end

  local refused -- the error for which credentials were renewed
  while true do
    local found, project_id, domain_id = identify(self, rejected, deadline)
    if refused and (not found or same_credentials(found, rejected)) then
      return finish(refused)
    elseif not found then
      return finish(project_id) -- an error
    end
    local headers = {}
    for name, value in pairs(request.headers) do
      headers[name] = value
    end
    local outgoing = {
      method = request.method, origin = self.origins[self.origin_index],
      path = request.path:gsub("{project_id}", project_id), query = request.query, headers = headers,
      body = request.body, project_id = project_id, domain_id = domain_id, service = "cbr",
      connect_timeout = what.options.connect_timeout,
    }
    attempts = attempts + 1
    refused = nil
    local body, err, answer = exchange.send(self, outgoing, found, {
      operation = what.operation, attempt = attempts, deadline = deadline, order = what.order,
    })
    if body and what.unwrap then
      body, err = unwrap(body, what, answer)
    end
    if body then
      return body
    end
    if answer and err.status == 401 and err.kind == "unauthorized" then
      err.hint = explain.unauthorized(answers.raw_message(answer), function()
        return exchange.canonical(self, outgoing, found)
      end, { found.secret_key or found.token, found.security_token })
    end
    if change_endpoint(self, err, answer, endpoints_left) then
      endpoints_left = endpoints_left - 1
    elseif answer and not corrected and correct_clock(self, err, answer) then
      corrected = true
    elseif answer and not renewed and is_about_credentials(err) then
      renewed, rejected, refused = true, found, err
    else
      return finish(err)
    end
  end
end

return call
