-- luacheck: std ngx_lua+luajit
--- Who may sign in: keys with their failures and locks, and tokens.

local world = require "spec.sandbox.world"

local keys = {}

-- The guide says "more than 5 failures in a row": the sixth attempt meets the lock. Real minutes at any time scale.
local ALLOWED_FAILURES, LOCKED_FOR = 5, 5 * 60

local failures, locked_until

function keys.reset()
  failures, locked_until = {}, {}
end

function keys.by_ak(ak)
  for _, key in pairs(world.keys) do
    if key.ak == ak then return key end
  end
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

function keys.token(value)
  for _, token in pairs(world.tokens) do
    if token.value == value then return token end
  end
end

keys.reset()

return keys
