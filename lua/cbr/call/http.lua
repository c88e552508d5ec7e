--- Signs and sends one HTTP request, waits for the response, and reads the response.

local attempt_event = require "cbr.call.attempt_event"
local await = require "cbr.loop.await"
local core = require "cbr.core"
local errors = require "cbr.errors"
local late = require "cbr.util.late"
local open_pools = require "cbr.call.open_pools"
local result_reader = require "cbr.call.result"

local failure_modules = late "cbr.call.failure_modules"

local http = {}

-- For a transfer that could not be started: result of `pool:start` -> kind of the error. Any other result means
-- `config`.
local NOT_STARTED = { bad_request = "argument", no_descriptor = "connect", no_memory = "no_memory" }

local MAX_LOCAL_BYTES = 65536 -- limit of the body, and of the head, of a response to the direct pool

local NO_DESCRIPTOR_ADVICE = ": close each client that is not needed any more (client:close()), use one client for "
  .. "many calls, or allow more descriptors (ulimit -n)"

---@class cbr.HttpRequest
---@field method string
---@field origin string `scheme://host[:port]`
---@field path string raw, not percent-encoded
---@field query? table<string, string|string[]>
---@field headers table<string, string> a table that is not changed
---@field body? string
---@field service? "cbr"|"iam" the service that the request is signed for
---@field project_id? string signed as X-Project-Id
---@field domain_id? string signed as X-Domain-Id
---@field connect_timeout? number seconds; default: the client's
---@field pool? userdata used instead of the client's pool

---@class cbr.KeptKeys the keys that signed a client's last request; the next request usually needs the same keys
---@field keys userdata
---@field credentials table
---@field service string
---@field project_id? string
---@field domain_id? string

-- Client -> its cbr.KeptKeys. These keys are not a field of the client, because a user may print a client with all of
-- its fields.
local kept_for = setmetatable({}, { __mode = "k" })

--- Wipes the signing keys that were kept for a client.
---@param client cbr.Client
function http.forget_keys(client)
  local kept = kept_for[client]
  kept_for[client] = nil
  if kept then
    kept.keys:close()
  end
end

-- Returns the keys that sign a request; nil if the request has a token, or no credentials.
local function keys_of(client, request, credentials)
  if not credentials or credentials.token then
    return nil
  end
  local kept, service = kept_for[client], request.service
  local project_id, domain_id = request.project_id, request.domain_id
  if kept and kept.credentials == credentials and kept.service == service and kept.project_id == project_id
    and kept.domain_id == domain_id then
    return kept.keys
  end
  http.forget_keys(client)
  kept = { credentials = credentials, service = service, project_id = project_id, domain_id = domain_id }
  kept.keys = core.keys {
    access_key = credentials.access_key,
    secret_key = credentials.secret_key,
    security_token = credentials.security_token,
    project_id = project_id,
    domain_id = domain_id,
    -- Requests to IAM are signed with the default algorithm, as in the SDKs.
    algorithm = service == "cbr" and client.algorithm or nil,
    region = client.region,
    service = service,
  }
  kept_for[client] = kept
  return kept.keys
end

-- Returns a copy of the headers with a token. The given headers are not changed, because they may be sent again with
-- another token.
local function with_token(headers, token)
  local copy = { ["X-Auth-Token"] = token }
  for name, value in pairs(headers) do
    copy[name] = value
  end
  return copy
end

--- Returns the pool of connections for services on this machine or on its local network link. This pool uses no proxy.
---@param client cbr.Client
---@return userdata? pool nil on a closed client
function http.direct_pool(client)
  if not client.pool then
    return nil
  end
  client = client.home or client
  if not client.direct_pool then
    client.direct_pool = core.pool { max_body = MAX_LOCAL_BYTES, max_head = MAX_LOCAL_BYTES, proxy = "" }
  end
  return client.direct_pool
end

-- Returns nil and the error of a request that was not sent.
local function not_sent(context, kind, message)
  return nil, errors.new({ kind = kind, message = message }, context)
end

-- Starts a transfer and waits until it has ended. Returns the response; or nil, a kind of error, and a reason.
local function transfer_once(context, request, credentials)
  local client = context.client
  local now = core.monotonic()
  local timeout = context.attempt_deadline - now
  if timeout <= 0 then
    return nil, "timeout", "the deadline passed before the request could be sent"
  elseif not client.pool then
    return nil, "network", "the client was closed"
  elseif client.proxy_problems and not request.pool and client.proxy_problems[request.origin:match "^[a-z]+"] then
    return nil, "config", client.proxy_problems[request.origin:match "^[a-z]+"]
  end
  local connect_timeout = request.connect_timeout or client.connect_timeout
  request.timeout, request.connect_timeout = timeout, connect_timeout < timeout and connect_timeout or timeout
  local offset, pool = client.clock_offset, request.pool or client.pool
  request.date = core.date(offset)
  if open_pools.used_at[pool] then
    open_pools.used_at[pool] = now
  else
    open_pools.note_start(pool)
  end
  local transfer, serial, reason = pool:start(request, keys_of(client, request, credentials), request.date)
  if not transfer then
    return nil, serial, reason
  end
  await.finish(client, pool, transfer, serial)
  local operation = context.definition
  -- For an operation that starts a task, cbr.call.result needs the duration of the transfer.
  local needs_details = client.log or operation and operation.starts
  local response = transfer:finish(not needs_details)
  if response.result == "no_descriptor" then
    return nil, response.result, response.reason
  end
  if open_pools.has_queue then
    open_pools.note_end()
  end
  response.clock_offset = offset
  return response
end

--- Returns the texts that no message of a call may contain.
---@param context cbr.Context
---@param credentials? table the credentials of the request
---@return cbr.Secrets
function http.secrets(context, credentials)
  local secrets = credentials and { credentials.secret_key or credentials.token, credentials.security_token } or {}
  secrets.access_key = credentials and credentials.access_key
  for _, secret in ipairs(context.secrets or {}) do
    secrets[#secrets + 1] = secret
  end
  return secrets
end

-- Makes the error of a failed call if the modules that handle failures cannot be loaded. The call only reads, because
-- no write is sent before they are loaded.
local function unread(context, response, reason, secrets)
  context.transient, context.raw_message = false, ""
  context.is_sent = context.is_sent or response.reach ~= "not_sent"
  context.is_unknown = context.is_sent
  local failure_words = response.reason or ("HTTP %d"):format(response.status or 0)
  return errors.new({
    kind = "config", message = ("%s; %s"):format(failure_words, reason), status = response.status,
    request_id = response.headers["x-request-id"],
  }, context, secrets)
end

--- Reads the result of a transfer. If the transfer failed, `failure.read` writes facts about the
-- failure into the context.
---@param context cbr.Context
---@param response table the response as `transfer:finish` of the core returns it
---@param credentials? table the request's credentials, which no error may contain
---@return table|true|nil result decoded and unwrapped; true for a response without content
---@return cbr.Error? err
function http.read(context, response, credentials)
  local result, problem, decoded
  if response.result == "ok" and response.status >= 200 and response.status <= 299 then
    result, problem, decoded = result_reader.read(context, response.body)
    if result then
      return result
    end
  end
  if late.pending[failure_modules] then
    local ok, reason = late.ready(failure_modules)
    if not ok then
      return nil, unread(context, response, reason, http.secrets(context, credentials))
    end
  end
  return failure_modules.failure.read(context, response, http.secrets(context, credentials), problem, decoded)
end

--- Sends a request and waits until the transfer has ended. Sets the field `response` of the context: the response
-- as the core returns it, or nil if the request could not be started. After a failure, the context also has the
-- facts about the failure.
---@param context cbr.Context `client`, `operation`, `attempt_deadline`, `attempts?`, `is_write?`, `secrets?`
---@param request cbr.HttpRequest
---@param credentials? table nil: unsigned
---@return table|true|nil result the decoded body; true for a response without a body
---@return cbr.Error? err
function http.send(context, request, credentials)
  local client = context.client
  context.response = nil
  if credentials and credentials.token then
    request.headers = with_token(request.headers, credentials.token)
  end
  local response, problem, reason = transfer_once(context, request, credentials)
  local failures = 1
  while problem == "no_descriptor" and client.pool
    and open_pools.make_room(client, request.pool or client.pool, failures, context.attempt_deadline) do
    response, problem, reason = transfer_once(context, request, credentials)
    failures = failures + 1
  end
  if not response then
    if problem == "no_descriptor" then
      reason = reason .. NO_DESCRIPTOR_ADVICE
    end
    return not_sent(context, NOT_STARTED[problem] or errors.kinds[problem] and problem or "config", reason)
  end
  context.response = response
  local date = response.headers.date
  if request.service == "cbr" and date then
    client.date_header = { text = date, at = core.monotonic() } -- cbr.call.service_clock reads this field
  end
  local result, err = http.read(context, response, credentials)
  if client.log then
    attempt_event.tell(context, request, response, err, http.secrets(context, credentials))
  end
  return result, err
end

--- Returns the canonical request of a request that was sent, to compare it with the gateway's.
---@param client cbr.Client
---@param request cbr.HttpRequest the request as it was sent
---@param credentials table
---@return string? canonical_request contains the security token, if there is one; nil without a signature
function http.canonical_request(client, request, credentials)
  local keys = keys_of(client, request, credentials)
  if not keys then
    return nil
  end
  local headers = {}
  for name, value in pairs(request.headers) do
    if core.is_signed_header(name) then
      headers[name] = value
    end
  end
  local signature = core.sign({
    method = request.method, host = request.origin:match "//(.*)", path = request.path, query = request.query,
    headers = headers, body = request.body,
  }, keys, request.date)
  if not client.pool then
    http.forget_keys(client)
  end
  return signature and signature.canonical_request
end

return http
