-- luacheck: std ngx_lua+luajit
--- IAM's temporary keys for the holder of a token, and the form in which IAM and the metadata service send such keys.

local clock = require "sandbox.clock"
local iam_body = require "sandbox.iam.body"
local keys = require "sandbox.iam.keys"
local responses = require "sandbox.gateway.responses"
local tokens = require "sandbox.iam.tokens"

local iam_keys = {}

local MIN_SECONDS, MAX_SECONDS = 900, 24 * 3600

--- A key from keys.issue, in the form in which IAM and the metadata service send it.
function iam_keys.view(key)
  return {
    access = key.ak, secret = key.sk, securitytoken = key.security_token, expires_at = clock.stamp(key.expires, "iam"),
  }
end

--- POST /v3.0/OS-CREDENTIAL/securitytokens. The token may be in the body or in X-Auth-Token.
function iam_keys.by_token(request)
  local body = iam_body.read(request)
  if not body then
    return responses.keystone(400, "The request body is not JSON.")
  end
  local methods = iam_body.at(body, "auth.identity.methods", "table")
  if not methods or methods[1] ~= "token" then
    return responses.keystone(400, "Expecting to find the method token in identity.")
  end
  local seconds = iam_body.at(body, "auth.identity.token.duration_seconds", "number")
  if seconds and (seconds < MIN_SECONDS or seconds > MAX_SECONDS) then
    return responses.keystone(400, ("duration_seconds must be between %d and %d."):format(MIN_SECONDS, MAX_SECONDS))
  end
  local value = iam_body.at(body, "auth.identity.token.id", "string") or request:header "x-auth-token"
  local token, expired = tokens.find(value or "")
  if not token or expired then
    return responses.keystone(401, "The request you have made requires authentication.")
  end
  return { status = 201, body = { credential = iam_keys.view(keys.issue(token.account, seconds)) } }
end

return iam_keys
