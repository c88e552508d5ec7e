-- luacheck: std ngx_lua+luajit
--- Tokens: the tokens of the fixtures, and the tokens that were issued later. Each token is valid for a project or for
-- an account.

local clock = require "sandbox.clock"
local fixtures = require "sandbox.fixtures"
local ids = require "sandbox.ids"
local lifetimes = require "sandbox.iam.lifetimes"

local tokens = {}

local by_value

function tokens.reset()
  by_value = {}
  for _, token in pairs(fixtures.tokens) do
    local project = fixtures.projects[token.project]
    by_value[token.value] = { account = project.account, project_id = project.id, expires = token.expired and 0 or nil }
  end
end

--- Issues a token: {value, account, project_id, issued, expires (by the server's clock)}. `project_id` is nil for the
-- scope of an account. `length`: the length of the token's text.
function tokens.issue(account, project_id, length)
  local now = clock.now()
  local token = {
    value = "MII" .. ids.token(length - 3), account = account, project_id = project_id, issued = now,
    expires = now + lifetimes.token(),
  }
  by_value[token.value] = token
  return token
end

--- Finds a token. → the token, and whether it has expired; nil if no such token was issued, or if the token was revoked
function tokens.find(value)
  local token = by_value[value]
  if token then
    return token, token.expires ~= nil and clock.now() >= token.expires
  end
end

--- Removes a token. → whether the token existed
function tokens.revoke(value)
  local existed = by_value[value] ~= nil
  by_value[value] = nil
  return existed
end

tokens.reset()

return tokens
