--- Protects an access key from being locked: the gateway locks it after five rejected signatures in a row.
--
-- Until the service has accepted a signature of this client, only one request is sent at a time, as a probe. Other
-- calls wait until the probe has ended. A key that was finally rejected is not used again for a while.

local await = require "cbr.loop.await"
local core = require "cbr.core"
local errors = require "cbr.errors"

local key_guard = {}

local REJECTED_SECONDS = 60 -- how long a client does not use a rejected key again

-- Client -> the rejected credentials, the error, and the time until which they are not used. They are not a field of
-- the client, because a user may print a client with all of its fields.
local rejections = setmetatable({}, { __mode = "k" })

--- Whether two credentials are the same key or token.
---@param a table
---@param b table
---@return boolean
function key_guard.is_same(a, b)
  return a.access_key == b.access_key and a.secret_key == b.secret_key and a.security_token == b.security_token
    and a.token == b.token
end

--- Waits until the context's credentials may be used for a request.
---@param context cbr.Context
---@return true? ok
---@return cbr.Error? err
function key_guard.enter(context)
  local client, credentials = context.client, context.credentials
  while credentials.access_key and not client.key_accepted do
    local rejection = rejections[client]
    if rejection and core.monotonic() < rejection.ends and key_guard.is_same(credentials, rejection.credentials) then
      context.explanation = ("%s; rejected a moment ago, and not sent again"):format(rejection.err.hint or "the key")
      context.transient = false
      return nil, errors.finish(errors.copy(rejection.err), context)
    end
    local probe = client.probe
    if not probe or not await.can_be_set(client.pool, probe) then
      client.probe = await.signal(context.attempt_deadline)
      return true
    end
    await.for_signal(client.pool, probe, context.attempt_deadline)
    if core.monotonic() > context.attempt_deadline then
      return nil, errors.new({
        kind = "timeout", message = "the deadline passed before the request could be sent",
      }, context)
    end
  end
  return true
end

--- Notes the end of a request that `enter` allowed.
---@param client cbr.Client
---@param response? table
function key_guard.leave(client, response)
  local probe = client.probe
  client.probe = nil
  if response and response.result == "ok" and response.status ~= 401 then
    client.key_accepted = true
  end
  if probe then
    await.set(probe)
  end
end

--- Notes that a key was finally rejected: its source has no other one.
---@param client cbr.Client
---@param credentials table
---@param err cbr.Error
function key_guard.reject(client, credentials, err)
  client.key_accepted = nil
  rejections[client] = { credentials = credentials, err = err, ends = core.monotonic() + REJECTED_SECONDS }
end

return key_guard
