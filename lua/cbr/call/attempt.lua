--- One attempt of a call: credentials, project id, key guard, and the request.
--
-- An attempt sends its request a second time only where that is certain to do no harm: nothing was sent, and another
-- endpoint is left; or the clock was wrong and was corrected; or the credentials were rejected, and the source has
-- others. Each endpoint is tried once in an attempt. Clock and credentials are changed once in all attempts of a
-- call, since five failed signatures in a row lock a key. cbr.call.retry decides about everything else.

local check = require "cbr.util.check"
local errors = require "cbr.errors"
local http = require "cbr.call.http"
local key_guard = require "cbr.call.key_guard"
local log = require "cbr.util.log"
local service_clock = require "cbr.call.service_clock"
local unauthorized = require "cbr.call.unauthorized"

local attempt = {}

-- Client -> credentials that never change. They are kept outside of the client, which may be printed together with
-- everything in it.
local fixed_credentials = setmetatable({}, { __mode = "k" })

--- Gives a client credentials that never change, in place of a source.
---@param client cbr.Client
---@param credentials? table nil: it has them no longer
function attempt.fix_credentials(client, credentials)
  fixed_credentials[client] = credentials
end

--- Gives a client that another one was made from the credentials of that one.
---@param client cbr.Client
---@param other cbr.Client
function attempt.share_credentials(client, other)
  fixed_credentials[other] = fixed_credentials[client]
end

-- Notes an error of IAM, or of another source of credentials, and whether it is transient.
local function note_inner(context, err)
  context.transient = err.retryable
  return errors.copy(err)
end

-- Kinds of reasons for having no credentials that remain the kind of the call's error.
local KEPT_KINDS = { config = true, timeout = true }

-- The error of a call without credentials. The reason may be shared by several calls.
local function no_credentials(context, reason)
  if not errors.is(reason) then
    context.transient = false
    return errors.new({ kind = "credentials", message = tostring(reason) }, context)
  end
  local err = note_inner(context, reason)
  err.message = reason.operation and ("%s: %s"):format(reason.operation, reason.message) or reason.message
  err.kind = KEPT_KINDS[reason.kind] and reason.kind or "credentials"
  return errors.finish(err, context)
end

-- One of the ids that belong to credentials. -> id; or nil, err
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

-- Gives the context the ids that a signature carries. -> true; or nil, err
local function identify(context)
  local client, err = context.client
  context.project_id, context.domain_id = client.project_id, client.domain_id or nil
  if not context.project_id then
    context.project_id, err = id_of(context, context.credentials.project_id, client.find_project)
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

-- Kinds of failures of one endpoint, where another one may do.
local NEXT_ENDPOINT = { connect = true, tls = true, timeout = true }

-- Sends the request once. -> result; or nil, err, and the origin it went to (nil: it was not sent)
local function send(context)
  local client, request, credentials = context.client, context.request, context.credentials
  local is_guarded = credentials.access_key and not client.key_accepted
  if is_guarded then
    local ok, err = key_guard.enter(context)
    if not ok then
      return nil, err
    end
  end
  local outgoing = {
    method = request.method, origin = client.origins[client.origin_index],
    path = request.path:gsub("{project_id}", context.project_id), query = request.query,
    headers = request.headers, body = request.body, project_id = context.project_id, domain_id = context.domain_id,
    service = "cbr", connect_timeout = context.options.connect_timeout,
  }
  context.attempts, context.explanation = context.attempts + 1, nil
  local result, err = http.send(context, outgoing, credentials)
  if is_guarded then
    key_guard.leave(client, context.response)
  end
  if err and err.status == 401 and err.kind == "unauthorized" then
    context.explanation = unauthorized.explain(context.raw_message, function()
      return http.canonical_request(client, outgoing, credentials)
    end, { credentials.secret_key or credentials.token, credentials.security_token,
      access_key = credentials.access_key })
    errors.finish(err, context)
  elseif err and client.region_doubt and NEXT_ENDPOINT[err.kind] and not context.is_sent then
    context.explanation = client.region_doubt
  end
  return result, err, outgoing.origin
end

-- Whether a rejection is about the credentials: two codes of the gateway, or IAM's own body (whose code is a number).
-- Any other 401 may be OpenStack's way to say that an id does not exist, or a proxy's response.
local function is_about_credentials(err)
  local code = err.code or ""
  return err.status == 401 and err.kind == "unauthorized"
    and (code == "401" or code:find "^API[GC]W?%.030[17]$" ~= nil)
end

-- Goes on with another endpoint of the region, unless another call has done so already. -> whether another one can be
-- tried: nothing was sent to this one
local function change_endpoint(context, err, origin, endpoints_left)
  local client, response = context.client, context.response
  if endpoints_left == 0 or not NEXT_ENDPOINT[err.kind] or not response or response.reach ~= "not_sent" then
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

-- The end of a call whose credentials were rejected, where the source has no others. -> nil, err
local function stay_rejected(context)
  local credentials, err = context.rejected_credentials, context.rejection
  context.response, context.transient = nil, false
  errors.finish(err, context)
  if credentials.access_key and err.code == "APIGW.0301" then
    key_guard.reject(context.client, credentials, err)
  end
  return nil, err
end

--- Makes one attempt. Of the context it sets `credentials`, `project_id`, `domain_id`, `response` (nil where the
-- attempt failed before its request), `attempts` and the facts about the failure.
---@param context cbr.Context
---@return table|true|nil result
---@return cbr.Error? err
function attempt.once(context)
  local client = context.client
  local endpoints_left = #client.origins - 1
  context.transient, context.explanation, context.search = nil, nil, nil
  context.not_retried, context.retry_after = nil, nil
  while client.pool do
    local credentials, reason = fixed_credentials[client], nil
    if not credentials then
      credentials, reason = client.source(client, context.rejected_credentials, context.attempt_deadline)
    end
    if context.rejection and (not credentials or key_guard.is_same(credentials, context.rejected_credentials)) then
      return stay_rejected(context)
    elseif not credentials then
      return nil, no_credentials(context, reason)
    end
    context.credentials, context.response = credentials, nil
    local result, origin
    local ok, err = identify(context)
    if ok then
      result, err, origin = send(context)
    end
    if result then
      return result
    elseif origin and change_endpoint(context, err, origin, endpoints_left) then
      endpoints_left = endpoints_left - 1
    elseif context.response and not context.is_clock_corrected and err.status == 401 and service_clock.correct(context)
    then
      context.is_clock_corrected = true
    elseif not context.rejection and (context.response or not ok) and is_about_credentials(err) then
      context.rejected_credentials, context.rejection = credentials, err
    else
      return nil, err
    end
  end
  context.response = nil
  return nil, errors.new({ kind = "network", message = "the client was closed" }, context)
end

return attempt
