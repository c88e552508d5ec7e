-- luacheck: std ngx_lua+luajit
--- How long tokens and temporary keys live: seconds of the server's clock, so real seconds at any time scale.

local json = require "sandbox.json"

local lives = {}

local DEFAULTS = { token = 24 * 3600, key = 3600 }

local set

function lives.reset()
  set = {}
end

--- For those made from now on; what is left out stays, null goes back to the default.
function lives.set(body)
  for kind, seconds in pairs(body) do
    if not DEFAULTS[kind] then error("no such life: " .. tostring(kind), 0) end
    if seconds == json.null then
      set[kind] = nil
    elseif type(seconds) == "number" and seconds > 0 then
      set[kind] = seconds
    else
      error(kind .. " must be a number of seconds", 0)
    end
  end
end

function lives.token()
  return set.token or DEFAULTS.token
end

--- `asked`: what the caller of IAM wants; a life that was set comes first.
function lives.key(asked)
  return set.key or asked or DEFAULTS.key
end

lives.reset()

return lives
