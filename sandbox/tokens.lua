-- luacheck: std ngx_lua+luajit
--- Tokens: the world's and those made since, good for a project, or for none but an account.

local clock = require "sandbox.clock"
local ids = require "sandbox.ids"
local lives = require "sandbox.lifetimes"
local world = require "sandbox.fixtures"

local tokens = {}

local held

function tokens.reset()
  held = {}
  for _, token in pairs(world.tokens) do
    local project = world.projects[token.project]
    held[token.value] = { account = project.account, project_id = project.id, expires = token.expired and 0 or nil }
  end
end

--- Makes one: {value, account, project_id, issued, expires (server's clock)}. `length` is that of its text.
function tokens.issue(account, project_id, length)
  local now = clock.now()
  local token = {
    value = "MII" .. ids.token(length - 3), account = account, project_id = project_id, issued = now,
    expires = now + lives.token(),
  }
  held[token.value] = token
  return token
end

--- → the token, whether it has expired; nil when it is none or was revoked.
function tokens.find(value)
  local token = held[value]
  if token then return token, token.expires ~= nil and clock.now() >= token.expires end
end

--- From now on the token means nothing. → whether it did
function tokens.revoke(value)
  local known = held[value] ~= nil
  held[value] = nil
  return known
end

tokens.reset()

return tokens
