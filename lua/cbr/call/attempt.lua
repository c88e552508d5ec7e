--- One attempt of a call: credentials, project id, key guard, and the request.
--
-- An attempt sends its request again only in three cases, in which this is certain to do no harm:
-- * nothing was sent, and the region has another endpoint;
-- * the clock was wrong and has been corrected; or
-- * the credentials were rejected, and their source has others. A write that may have been accepted is not sent again,
--   unless it is idempotent.
--
-- An attempt tries each endpoint once. A call corrects the clock once and changes the credentials once, over all of its
-- attempts, because five failed signatures in a row lock a key. cbr.call.retry decides about all other retries.

local check = require "cbr.util.check"
local errors = require "cbr.errors"
local http = require "cbr.call.http"
local key_guard = require "cbr.call.key_guard"
local late = require "cbr.util.late"
local log = require "cbr.util.log"

local failure_modules = late "cbr.call.failure_modules"

local attempt = {}

-- Client -> its credentials, if they never change. Credentials are not a field of the client, because a user may print
-- a client with all of its fields.
local fixed_credentials = setmetatable({}, { __mode = "k" })

--- Gives a client credentials that never change, in place of a source.
---@param client cbr.Client
---@param credentials? table
function attempt.fix_credentials(client, credentials)
  fixed_credentials[client] = credentials
end

--- Removes all credentials of a client.
---@param client cbr.Client
function attempt.forget_credentials(client)
  fixed_credentials[client] = nil
  http.forget_keys(client)
end

--- Gives the fixed credentials of a client to another client, which for_region made from the first client.
---@param client cbr.Client has the credentials
---@param other cbr.Client gets the credentials
function attempt.share_credentials(client, other)
  fixed_credentials[other] = fixed_credentials[client]
end

-- Copies an error that IAM or another source of credentials has returned, and notes in the context whether the error is
-- transient.
local function note_inner(context, err)
  context.transient, context.asked_pause = err.retryable, err.retry_after
  return errors.copy(err)
end

-- If credentials are missing for a reason of one of these kinds, the error of the call has that kind, too.
local KEPT_KINDS = { config = true, timeout = true }

-- Makes the error of a call that has no credentials. The table `reason` is not changed, because several calls may share
-- it.
local function no_credentials(context, reason)
  if not errors.is(reason) then
    context.transient = false
    return errors.new({ kind = "credentials", message = tostring(reason) }, context)
  end
  local err = note_inner(context, reason)
  err.message = reason.operation and ("%s: %s"):format(reason.operation, reason.message) or reason.message
  err.kind = KEPT_KINDS[reason.kind] and reason.kind or "credentials"
  if reason.kind == "unauthorized" then
    context.advice = "check the token, or the user name with its password and its domain"
  end
  return errors.finish(err, context)
end

-- Returns an id that belongs to the credentials: the given one, else the one that `look_up` returns; or nil and an
-- error.
local function id_of(context, given, look_up)
  local id, err = given
  if not id then
    id, err = look_up(context.client, context.credentials, context.attempt_deadline)
  end
  if not id then
    err = errors.is(err) and errors.finish(note_inner(context, err), context) or no_credentials(context, err)
    return nil, err
  elseif not id:find(check.forms.project.pattern) then
    local message = ("'%s' must be %s"):format(id, check.forms.project.says)
    return nil, errors.new({ kind = "config", message = message }, context)
  end
  return id
end

-- Sets the project id and the domain id of the context, which are signed with the request. Returns true; or nil and an
-- error.
local function identify(context)
  local client, err = context.client
  context.project_id, context.domain_id = client.project_id, client.domain_id or nil
  if not context.project_id then
    -- A profile's project id belongs to the region of the client that cbr.new made. A token's project id belongs to
    -- this client's region.
    local given = context.credentials.project_id or not client.is_abroad and context.credentials.home_project_id or nil
    context.project_id, err = id_of(context, given, client.find_project)
    if not context.project_id then
      return nil, err
    end
  end
  if context.domain_id == true then
    context.domain_id, err = id_of(context, context.credentials.domain_id, client.find_domain)
    if not context.domain_id then
      return nil, err
    end
  end
  return true
end

-- Kinds of failures after which another endpoint can be tried.
local NEXT_ENDPOINT = { connect = true, tls = true, timeout = true }

local PROJECT_SLOT = "{project_id}"

-- Puts the project id into a path.
local function with_project(path, project_id)
  local first, last = path:find(PROJECT_SLOT, 1, true)
  if not first then
    return path
  elseif path:find(PROJECT_SLOT, last, true) then
    return (path:gsub(PROJECT_SLOT, project_id))
  end
  return path:sub(1, first - 1) .. project_id .. path:sub(last + 1) -- this is faster than gsub
end

-- Sends the request once. Returns the result; or nil, an error, and the origin that was tried (nil if none was tried).
local function send(context)
  local client, request, credentials = context.client, context.request, context.credentials
  local is_guarded = credentials.access_key and not (client.home or client).key_accepted
  if is_guarded then
    local ok, err = key_guard.enter(context)
    if not ok then
      return nil, err
    end
  end
  local outgoing = {
    method = request.method, origin = client.origins[client.origin_index],
    path = with_project(request.path, context.project_id), query = request.query,
    headers = request.headers, body = request.body, project_id = context.project_id, domain_id = context.domain_id,
    service = "cbr", connect_timeout = context.connect_timeout,
  }
  context.attempts = context.attempts + 1
  local entry = context.entry
  if entry then
    -- the stage is set this late because a credentials function may raise an error before this line
    entry.stage = "sending"
  end
  local result, err = http.send(context, outgoing, credentials)
  if entry then
    entry.stage = nil
  end
  if is_guarded then
    key_guard.leave(context)
  end
  if err and err.kind == "unauthorized" then
    context.explanation = failure_modules.unauthorized.explain(context.raw_message, function()
      return http.canonical_request(client, outgoing, credentials)
    end, { credentials.secret_key or credentials.token, credentials.security_token,
      access_key = credentials.access_key })
    errors.finish(err, context)
  elseif err and client.region_doubt and NEXT_ENDPOINT[err.kind] and not context.is_sent then
    context.explanation = client.region_doubt
  end
  return result, err, outgoing.origin
end

-- Changes to the next endpoint of the region if nothing was sent to the current endpoint, unless another call has
-- changed the endpoint already. Returns true if another endpoint can be tried.
local function change_endpoint(context, err, origin, endpoints_left)
  local client, response = context.client, context.response
  if endpoints_left == 0 or not NEXT_ENDPOINT[err.kind] or not response or response.reach ~= "not_sent"
    or response.result == "proxy" then -- the proxy would reject the same password again
    return false
  end
  if client.origins[client.origin_index] == origin then
    client.origin_index = client.origin_index % #client.origins + 1
    log.tell(client, {
      event = "endpoint", from = origin, to = client.origins[client.origin_index], reason = err.message,
    })
  end
  return true
end

-- Whether the service may have accepted a request, so that sending it once more could do the same work twice. An error
-- about the credentials does not prove the opposite: a body that states it can have the status 200 or 500.
local function may_double(context)
  return context.is_unknown and context.is_write and not context.is_idempotent
end

-- Whether the source has credentials other than the rejected ones, or may have them soon, because the source itself has
-- failed only for the moment.
local function has_others(context, credentials, reason)
  if not credentials then
    return errors.is(reason) and reason.retryable
  end
  return not key_guard.is_same(credentials, context.rejected_credentials)
end

-- Ends a call whose credentials were rejected and whose source has no other credentials. Returns nil and the error.
local function stay_rejected(context)
  local credentials, err = context.rejected_credentials, context.rejection
  context.transient = false
  errors.finish(err, context)
  if credentials.access_key and failure_modules.unauthorized.locks_key(err) then
    key_guard.reject(context.client, credentials, err)
  end
  return nil, err
end

-- Removes the facts about an earlier request from the context, so that the error of the next request does not contain
-- them.
local function forget_request(context)
  context.response, context.transient, context.explanation, context.advice = nil, nil, nil, nil
  context.asked_pause, context.window = nil, nil
end

--- Makes one attempt. Sets these fields of the context: `credentials`, `project_id`, `domain_id`, `attempts`,
-- `response` (nil if the attempt failed before its request), and the facts about a failure.
---@param context cbr.Context if it has no `request`, the attempt only looks up the project id
---@return table|string|true|nil result
---@return cbr.Error? err
function attempt.once(context)
  local client = context.client
  local endpoints_left = #client.origins - 1
  if context.retries > 0 then
    context.search, context.not_retried, context.retry_after, context.response_of = nil, nil, nil, nil
    forget_request(context)
  end
  while client.pool do
    local credentials, reason = fixed_credentials[client], nil
    if not credentials then
      credentials, reason = client.source(client, context.rejected_credentials, context.attempt_deadline)
    end
    if context.rejection and not has_others(context, credentials, reason) then
      return stay_rejected(context)
    elseif not credentials then
      return nil, no_credentials(context, reason)
    end
    context.credentials = credentials
    local result, origin
    local ok, err = identify(context)
    if ok and not context.request then
      return context.project_id
    elseif ok then
      result, err, origin = send(context)
    end
    if result then
      return result
    elseif origin and change_endpoint(context, err, origin, endpoints_left) then
      endpoints_left = endpoints_left - 1
    elseif context.response and not context.is_clock_corrected and err.status == 401 and late.ready(failure_modules)
      and failure_modules.service_clock.correct(context) then
      context.is_clock_corrected = true
    elseif not context.rejection and (context.response or not ok) and err.kind == "unauthorized"
      and not may_double(context) and failure_modules.unauthorized.is_about_credentials(err, credentials) then
      context.rejected_credentials, context.rejection = credentials, err
    else
      return nil, err
    end
    forget_request(context)
  end
  return nil, errors.new({ kind = "network", message = "the client was closed" }, context)
end

return attempt
