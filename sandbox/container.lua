-- luacheck: std ngx_lua+luajit
--- The container credentials endpoint (pod identity): a temporary key for whoever shows the pod's token.

local answers = require "sandbox.responses"
local clock = require "sandbox.clock"
local json = require "sandbox.json"
local keys = require "sandbox.keys"
local world = require "sandbox.fixtures"

--- POST world.container.path, Authorization: the token file's content, body {}.
return function(request)
  if request:header "authorization" ~= world.container.token then
    return answers.keystone(401, "The authorization token is invalid.")
  end
  if type(json.decode(request.body)) ~= "table" then
    return answers.keystone(400, "The request body is not JSON.")
  end
  local key = keys.issue(world.container.account)
  return answers.ok {
    credentials = {
      accessKeyId = key.ak, secretAccessKey = key.sk, securityToken = key.security_token,
      expiration = clock.stamp(key.expires, "iam"),
    },
  }
end
