--- Reads the result of a transfer: a successful response becomes a Lua table, everything else becomes an error.

local errors = require "cbr.errors"
local late = require "cbr.util.late"
local result = require "cbr.call.result"
local text = require "cbr.util.text"

local failure = late "cbr.call.failure"

local response = {}

-- Whether the body of a success may be that of an error nevertheless: has it a field that errors have.
local function may_state_error(body)
  return body.error_code ~= nil or body.errorCode ~= nil or body.error ~= nil or body.code ~= nil
end

-- Makes the error of a failed read if cbr.call.failure cannot be loaded. Before a write, it is loaded already.
local function unread(context, received, reason)
  context.transient, context.raw_message = false, ""
  context.is_sent = context.is_sent or received.reach ~= "not_sent"
  context.is_unknown = context.is_sent
  local found = received.reason or ("HTTP %d"):format(received.status or 0)
  return errors.new({
    kind = "config", message = ("%s; %s"):format(found, reason), status = received.status,
    request_id = received.headers["x-request-id"],
  }, context)
end

--- The texts of a call that no message may contain.
---@param context cbr.Context
---@param credentials? table those of the request
---@return cbr.Secrets
function response.secrets(context, credentials)
  local secrets = credentials and { credentials.secret_key or credentials.token, credentials.security_token } or {}
  secrets.access_key = credentials and credentials.access_key
  for _, secret in ipairs(context.secrets or {}) do
    secrets[#secrets + 1] = secret
  end
  return secrets
end

local function redact(value, secrets)
  if type(value) == "string" then
    return text.redact(value, secrets)
  elseif type(value) == "table" then
    for name, field in pairs(value) do
      value[name] = redact(field, secrets)
    end
  end
  return value
end

--- Replaces the secrets of a request in a decoded body that becomes a part of an error: the service may have echoed
-- them.
---@param body? table changed in place
---@param credentials? table those of the request
---@return table? body
function response.redact(body, credentials)
  return credentials and body and redact(body, response.secrets({}, credentials)) or body
end

--- Reads the result of a transfer. On failure, sets the fields `is_sent`, `is_unknown`, `transient`, `advice`,
-- `asked_pause`, `window` and `raw_message` of the context. `raw_message` is what the service wrote (empty if it wrote
-- nothing), and must not be shown.
---@param context cbr.Context
---@param received table as `transfer:finish` of the core returns it
---@param credentials? table those of the request: no error may contain them
---@return table|true|nil result decoded and unwrapped; true for a response without content
---@return cbr.Error? err
function response.read(context, received, credentials)
  local value, problem, is_bare
  if received.result == "ok" and received.status >= 200 and received.status <= 299 then
    value, problem, is_bare = result.read(context, received.body)
    if value and not (is_bare and type(value) == "table" and may_state_error(value)
      and (not late.ready(failure) or failure.states_error(value))) then
      return value
    end
  end
  if late.pending[failure] then
    local ok, reason = late.ready(failure)
    if not ok then
      return nil, unread(context, received, reason)
    end
  end
  return failure.read(context, received, problem, response.secrets(context, credentials))
end

return response
