-- luacheck: std ngx_lua+luajit
--- The container credentials endpoint (pod identity): a temporary key in exchange for the pod's token.

local clock = require "sandbox.clock"
local fixtures = require "sandbox.fixtures"
local json = require "sandbox.json"
local keys = require "sandbox.iam.keys"
local responses = require "sandbox.gateway.responses"

--- Handles a POST to fixtures.container.path with the body {}. The header Authorization must be the content of the
-- token file.
return function(request)
  if request:header "authorization" ~= fixtures.container.token then
    return responses.keystone(401, "The authorization token is invalid.")
  end
  if type(json.decode(request.body)) ~= "table" then
    return responses.keystone(400, "The request body is not JSON.")
  end
  local key = keys.issue(fixtures.container.account)
  return responses.ok {
    credentials = {
      accessKeyId = key.ak, secretAccessKey = key.sk, securityToken = key.security_token,
      expiration = clock.stamp(key.expires, "iam"),
    },
  }
end
