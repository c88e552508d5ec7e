--- Protects an access key from being locked: the gateway locks a key after five rejected signatures in a row.
--
-- Until the service has accepted a signature of this client, one request is sent first, as a probe. Other calls wait
-- until the probe has ended, or is slow: then another probe may follow, up to MAX_PROBES. A key that was finally
-- rejected is not used again for a while.

local await = require "cbr.loop.await"
local core = require "cbr.core"
local errors = require "cbr.errors"
local text = require "cbr.util.text"

local key_guard = {}

local REJECTED_SECONDS = 60 -- how long a client does not use a rejected key again
local PROBE_SECONDS = 1 -- if a probe has no response after this time, another probe is sent
local MAX_PROBES = 3 -- this must be less than five, the number of rejections that lock a key

-- The gateway's message ends with these words if the signature is valid, but the project is rejected. The key itself is
-- good then, and clients of other regions may use it for their projects.
local OF_PROJECT = "is not equal token's projectid"

-- What is known about a key is stored for the client that cbr.new made. Clients of other regions that were made from
-- this client share this knowledge, because they sign with the same key.

-- Client -> its rejected credentials, the error, and the time until which these credentials are not used. Credentials
-- are not a field of the client, because a user may print a client with all of its fields.
local rejections = setmetatable({}, { __mode = "k" })

--- Whether two credentials are the same key or token.
---@param a table
---@param b table
---@return boolean
function key_guard.is_same(a, b)
  return a.access_key == b.access_key and a.secret_key == b.secret_key and a.security_token == b.security_token
    and a.token == b.token
end

---@class cbr.Probe a request in progress that may show whether the service accepts the key
---@field signal cbr.Signal set when the request has ended
---@field sent_at number time on core.monotonic's clock

-- Returns the probes in progress, except for probes whose coroutines were dropped.
local function probes_of(client)
  local probes = {}
  for _, probe in ipairs(client.probes or probes) do
    if await.can_be_set(client, probe.signal) then
      probes[#probes + 1] = probe
    end
  end
  client.probes = probes
  return probes
end

-- Returns when another probe may be sent; nil if a probe has to end first.
local function next_probe_at(probes)
  local newest = probes[#probes]
  return not newest and 0 or #probes < MAX_PROBES and newest.sent_at + PROBE_SECONDS or nil
end

--- Waits until the context's credentials may be used for a request.
---@param context cbr.Context the field `probe` is set if the request is a probe
---@return true? ok
---@return cbr.Error? err
function key_guard.enter(context)
  local client, credentials, deadline = context.client.home or context.client, context.credentials,
    context.attempt_deadline
  while credentials.access_key and not client.key_accepted do
    local now, rejection = core.monotonic(), rejections[client]
    if rejection and now < rejection.ends and key_guard.is_same(credentials, rejection.credentials) then
      context.explanation = (rejection.err.hint and rejection.err.hint .. "; " or "")
        .. "the service rejected this key a moment ago, so the key is not sent again"
      context.transient = false
      return nil, errors.finish(errors.copy(rejection.err), context)
    end
    local probes = probes_of(client)
    local next_at = next_probe_at(probes)
    if next_at and now >= next_at then
      context.probe = { signal = await.signal(deadline), sent_at = now }
      probes[#probes + 1] = context.probe
      return true
    end
    await.for_signal(client, probes[1].signal, math.min(deadline, next_at or deadline))
    if core.monotonic() > deadline then
      return nil, errors.new({
        kind = "timeout", message = "the deadline passed before the request could be sent",
      }, context)
    end
  end
  return true
end

--- Notes the end of a request that `enter` allowed.
---@param context cbr.Context
function key_guard.leave(context)
  local client, response, probe = context.client.home or context.client, context.response, context.probe
  context.probe = nil
  if response and response.result == "ok" and response.status ~= 401 then
    client.key_accepted = true
  end
  for _, other in ipairs(client.probes or {}) do
    if client.key_accepted and other ~= probe then
      await.set(other.signal) -- no call needs to wait for this signal any longer
    end
  end
  if probe then
    await.set(probe.signal)
  end
end

--- Whether the gateway accepted the signature, but not the project.
---@param err cbr.Error error of kind `unauthorized`
---@return boolean
function key_guard.is_of_project(err)
  return text.lower(err.message):find(OF_PROJECT, 1, true) ~= nil
end

--- Notes that a key was rejected, and that the source of the key has no other key.
---@param client cbr.Client
---@param credentials table
---@param err cbr.Error
function key_guard.reject(client, credentials, err)
  if key_guard.is_of_project(err) then
    return
  end
  client = client.home or client
  client.key_accepted = nil
  rejections[client] = { credentials = credentials, err = err, ends = core.monotonic() + REJECTED_SECONDS }
end

return key_guard
