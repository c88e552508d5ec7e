-- luacheck: std ngx_lua+luajit
--- Who asks: by token or by signature, or why nobody is believed, in the gateway's words.

local answers = require "sandbox.responses"
local clock = require "sandbox.clock"
local keys = require "sandbox.keys"
local tokens = require "sandbox.tokens"
local verifier = require "sandbox.verifier"

local sign_in = {}

function sign_in.deny(cause)
  return answers.refuse("APIGW.0301", cause)
end

local deny = sign_in.deny

local function by_token(value)
  local token, expired = tokens.find(value)
  if not token then return nil, deny "decrypt token fail" end
  if expired then return nil, answers.refuse("APIGW.0307", "token expires") end
  return { account = token.account, project_id = token.project_id, token = token }
end

-- One attempt with a key that exists: anything wrong here counts towards its lock.
local function check_key(request, parsed, key)
  -- A key that is not temporary takes no security token either.
  if request:header "x-security-token" ~= key.security_token then return "verify security token fail" end
  local ok, cause = verifier.verify(request, parsed, key, clock.now())
  if not ok then return cause end
end

local function by_signature(request)
  local authorization = request:header "authorization"
  if not authorization then return nil, deny "authorization header or X-Auth-Token is missing" end
  local parsed = verifier.parse(authorization)
  if not parsed then return nil, deny "authorization header is malformed" end
  local key = keys.by_ak(parsed.ak)
  if not key then return nil, deny(("Get secretKey failed,ak:%s,err:ak not exist"):format(parsed.ak)) end
  if keys.has_expired(key) then return nil, deny(("Get secretKey failed,ak:%s,err:ak expired"):format(key.ak)) end
  if keys.is_locked(key) then return nil, deny "AK access failed to reach the limit, forbidden" end
  local cause = check_key(request, parsed, key)
  if cause then
    keys.failed(key)
    return nil, deny(cause)
  end
  keys.succeeded(key)
  return { account = key.account, key = key }
end

--- → {account, token and its project_id, or key}; or nil and the refusal.
function sign_in.holder(request)
  local token = request:header "x-auth-token"
  if token then return by_token(token) end
  return by_signature(request)
end

return sign_in
