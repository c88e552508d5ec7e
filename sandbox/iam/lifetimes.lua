-- luacheck: std ngx_lua+luajit
--- The lifetimes of tokens and temporary keys, in seconds of the server's clock: real seconds at any time scale.

local json = require "sandbox.json"

local lifetimes = {}

local DEFAULTS = { token = 24 * 3600, key = 3600 }

local set

function lifetimes.reset()
  set = {}
end

--- Sets the lifetimes {token, key} of the tokens and keys issued from now on. A lifetime that is left out does not
-- change. null restores the default.
function lifetimes.set(body)
  for kind, seconds in pairs(body) do
    if not DEFAULTS[kind] then
      error("no such lifetime: " .. tostring(kind), 0)
    end
    if seconds == json.null then
      set[kind] = nil
    elseif type(seconds) == "number" and seconds > 0 then
      set[kind] = seconds
    else
      error(kind .. " must be a number of seconds", 0)
    end
  end
end

function lifetimes.token()
  return set.token or DEFAULTS.token
end

--- The lifetime of a new temporary key. `requested`: the lifetime in the request to IAM. A lifetime that a test has set
-- takes precedence.
function lifetimes.key(requested)
  return set.key or requested or DEFAULTS.key
end

lifetimes.reset()

return lifetimes
