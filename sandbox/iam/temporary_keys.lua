-- luacheck: std ngx_lua+luajit
--- The calls by which IAM issues temporary keys, and the form in which IAM and the metadata service send such keys.

local clock = require "sandbox.clock"
local fixtures = require "sandbox.fixtures"
local iam_body = require "sandbox.iam.body"
local keys = require "sandbox.iam.keys"
local responses = require "sandbox.gateway.responses"
local sign_in = require "sandbox.gateway.sign_in"
local tokens = require "sandbox.iam.tokens"

local iam_keys = {}

local MIN_SECONDS, MAX_SECONDS = 900, 24 * 3600

--- A key from keys.issue, in the form in which IAM and the metadata service send keys.
function iam_keys.view(key)
  return {
    access = key.ak, secret = key.sk, securitytoken = key.security_token, expires_at = clock.stamp(key.expires, "iam"),
  }
end

-- Responds with 201 and a new key of an account, or with an error if the lifetime is not allowed.
local function respond_with_key(account, seconds)
  if seconds and (seconds < MIN_SECONDS or seconds > MAX_SECONDS) then
    return responses.keystone(400, ("duration_seconds must be between %d and %d."):format(MIN_SECONDS, MAX_SECONDS))
  end
  return { status = 201, body = { credential = iam_keys.view(keys.issue(account, seconds)) } }
end

local function find_agency(name, account)
  for _, agency in pairs(fixtures.agencies) do
    if agency.name == name and agency.account == account then
      return agency
    end
  end
end

-- Handles the method assume_role. The request must be signed or have a token.
local function by_agency(request, body)
  local asked = iam_body.at(body, "auth.identity.assume_role", "table")
  if not asked or type(asked.agency_name) ~= "string" or not (asked.domain_id or asked.domain_name) then
    return responses.keystone(400, "Expecting to find agency_name, and domain_id or domain_name, in assume_role.")
  end
  local holder = sign_in.holder(request)
  if not holder then
    return responses.keystone(401, "The request you have made requires authentication.")
  end
  local agency = find_agency(asked.agency_name, iam_body.account { id = asked.domain_id, name = asked.domain_name })
  if not agency then
    return responses.keystone(404, ("Could not find agency: %s."):format(asked.agency_name))
  elseif agency.trusts ~= holder.account then
    return responses.keystone(403, "You are not authorized to perform the requested action.")
  end
  return respond_with_key(agency.account, iam_body.at(asked, "duration_seconds", "number"))
end

--- POST /v3.0/OS-CREDENTIAL/securitytokens. With the method token, the token may be in the body or in X-Auth-Token.
function iam_keys.by_token(request)
  local body, rejection = iam_body.read(request)
  if not body then
    return rejection
  end
  local methods = iam_body.at(body, "auth.identity.methods", "table")
  if methods and methods[1] == "assume_role" then
    return by_agency(request, body)
  elseif not methods or methods[1] ~= "token" then
    return responses.keystone(400, "Expecting to find the method token or assume_role in identity.")
  end
  local seconds = iam_body.at(body, "auth.identity.token.duration_seconds", "number")
  local value = iam_body.at(body, "auth.identity.token.id", "string") or request:header "x-auth-token"
  local token, expired = tokens.find(value or "")
  if not token or expired then
    return responses.keystone(401, "The request you have made requires authentication.")
  end
  return respond_with_key(token.account, seconds)
end

return iam_keys
