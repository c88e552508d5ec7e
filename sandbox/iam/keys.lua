-- luacheck: std ngx_lua+luajit
--- Access keys: the keys of the fixtures, and the temporary keys that were issued later. Each key has a number of
-- failures and may be locked.

local clock = require "sandbox.clock"
local fixtures = require "sandbox.fixtures"
local ids = require "sandbox.ids"
local lifetimes = require "sandbox.iam.lifetimes"

local keys = {}

-- The user guide says "more than 5 failures in a row": the sixth attempt is rejected. A lock lasts real seconds.
local ALLOWED_FAILURES, LOCK_SECONDS = 5, 5 * 60

local failures, locked_until, by_ak

function keys.reset()
  failures, locked_until, by_ak = {}, {}, {}
  for _, key in pairs(fixtures.keys) do by_ak[key.ak] = key end
end

--- Issues a temporary key: {ak, sk, security_token, account, expires (by the server's clock)}. `seconds`: the lifetime
-- that the request asks for.
function keys.issue(account, seconds)
  local key = {
    ak = ids.access_key(), sk = ids.secret_key(), security_token = "gQpj" .. ids.token(600), account = account,
    expires = clock.now() + lifetimes.key(seconds),
  }
  by_ak[key.ak] = key
  return key
end

function keys.by_ak(ak)
  return by_ak[ak]
end

function keys.has_expired(key)
  return key.expires ~= nil and clock.now() >= key.expires
end

--- Removes a key. → whether the key existed
function keys.revoke(ak)
  local existed = by_ak[ak] ~= nil
  by_ak[ak] = nil
  return existed
end

function keys.is_locked(key)
  local expiry = locked_until[key.ak]
  if expiry and ngx.now() >= expiry then
    locked_until[key.ak], failures[key.ak], expiry = nil, nil, nil
  end
  return expiry ~= nil
end

function keys.failed(key)
  failures[key.ak] = (failures[key.ak] or 0) + 1
  if failures[key.ak] >= ALLOWED_FAILURES then
    locked_until[key.ak] = ngx.now() + LOCK_SECONDS
  end
end

function keys.succeeded(key)
  failures[key.ak] = nil
end

keys.reset()

return keys
