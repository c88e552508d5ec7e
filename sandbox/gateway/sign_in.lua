-- luacheck: std ngx_lua+luajit
--- Authenticates a request by its token or its signature. Rejections have the texts of the service's gateway.

local clock = require "sandbox.clock"
local keys = require "sandbox.iam.keys"
local quirks = require "sandbox.faults.quirks"
local responses = require "sandbox.gateway.responses"
local tokens = require "sandbox.iam.tokens"
local verifier = require "sandbox.gateway.verifier"

local sign_in = {}

function sign_in.reject(cause)
  return responses.reject("APIGW.0301", cause)
end

local reject = sign_in.reject

local function by_token(value)
  local token, expired = tokens.find(value)
  if not token then
    return nil, reject "decrypt token fail"
  end
  if expired then
    return nil, responses.reject("APIGW.0307", "token expires")
  end
  return { account = token.account, project_id = token.project_id, token = token }
end

-- How the gateway rejects an unknown key: with the present text, or with the text from before 2023.
local UNKNOWN_KEY = { present = "ak %s not exist", old = "Get secretKey failed,ak:%s,err:ak not exist" }

-- Checks a signature with an existing key. Too many failures lock the key. → nil, or the cause of the rejection
local function check_key(request, parsed, key)
  -- With a permanent key there must be no security token.
  if request:header "x-security-token" ~= key.security_token then
    return "verify security token fail"
  end
  local ok, cause = verifier.verify(request, parsed, key, clock.now(), clock.forwarded())
  if not ok then
    return cause
  end
end

-- → the key that signed the request; or nil and the cause of the rejection
local function signer_of(request)
  local authorization = request:header "authorization"
  if not authorization then
    return nil, "authorization header or X-Auth-Token is missing"
  end
  local parsed = verifier.parse(authorization)
  if not parsed then
    return nil, "authorization header is malformed"
  end
  local key = keys.by_ak(parsed.ak)
  if not key then
    return nil, (UNKNOWN_KEY[quirks.get "gateway_words"] or ""):format(parsed.ak)
  end
  if keys.has_expired(key) then
    return nil, ("Get secretKey failed,ak:%s,err:ak expired"):format(key.ak)
  end
  if keys.is_locked(key) then
    return nil, "AK access failed to reach the limit, forbidden"
  end
  local cause = check_key(request, parsed, key)
  if cause then
    keys.failed(key)
    return nil, cause
  end
  keys.succeeded(key)
  return key
end

local function by_signature(request)
  local key, cause = signer_of(request)
  if not key then
    return nil, reject(quirks.get "gateway_words" == "bare" and "Unauthorized" or cause)
  end
  return { account = key.account, key = key }
end

--- → the caller: {account, key}, or {account, token, project_id}; or nil and the error response
function sign_in.holder(request)
  local token = request:header "x-auth-token"
  if token then
    return by_token(token)
  end
  return by_signature(request)
end

return sign_in
