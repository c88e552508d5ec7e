-- luacheck: std ngx_lua+luajit
--- Access keys: the world's and the temporary ones handed out since, with their failures and locks.

local clock = require "sandbox.clock"
local ids = require "sandbox.ids"
local lives = require "sandbox.lifetimes"
local world = require "sandbox.fixtures"

local keys = {}

-- The guide says "more than 5 failures in a row": the sixth attempt meets the lock. Real minutes at any time scale.
local ALLOWED_FAILURES, LOCKED_FOR = 5, 5 * 60

local failures, locked_until, held

function keys.reset()
  failures, locked_until, held = {}, {}, {}
  for _, key in pairs(world.keys) do held[key.ak] = key end
end

--- A new temporary key of an account: {ak, sk, security_token, account, expires (server's clock)}.
function keys.issue(account, seconds)
  local key = {
    ak = ids.access_key(), sk = ids.secret_key(), security_token = "gQpj" .. ids.token(600), account = account,
    expires = clock.now() + lives.key(seconds),
  }
  held[key.ak] = key
  return key
end

function keys.by_ak(ak)
  return held[ak]
end

function keys.has_expired(key)
  return key.expires ~= nil and clock.now() >= key.expires
end

--- From now on the key does not exist. → whether it did
function keys.revoke(ak)
  local known = held[ak] ~= nil
  held[ak] = nil
  return known
end

function keys.is_locked(key)
  local till = locked_until[key.ak]
  if till and ngx.now() >= till then
    locked_until[key.ak], failures[key.ak], till = nil, nil, nil
  end
  return till ~= nil
end

function keys.failed(key)
  failures[key.ak] = (failures[key.ak] or 0) + 1
  if failures[key.ak] >= ALLOWED_FAILURES then locked_until[key.ak] = ngx.now() + LOCKED_FOR end
end

function keys.succeeded(key)
  failures[key.ak] = nil
end

keys.reset()

return keys
