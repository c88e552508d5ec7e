--- Credentials: where they come from, and what counts as some.
--
-- A source is a function `source(self, rejected, deadline)` that returns credentials (a table that nobody changes
-- afterwards), or nil and a reason: a text or an error. It is asked before every request. `rejected` is what the
-- service refused: a source that can get others does; one that cannot returns the same again.

local chain = require "cbr.credentials.chain"
local container = require "cbr.credentials.container"
local ecs = require "cbr.credentials.ecs"
local environment = require "cbr.credentials.environment"
local federated = require "cbr.credentials.federated"
local password = require "cbr.credentials.password"
local profile = require "cbr.credentials.profile"
local static = require "cbr.credentials.static"

local credentials = {}

-- by the name that a user may give as `source`
local NAMED = {
  environment = function(_, getenv) return environment.source(getenv) end,
  profile = profile.source,
  container = container.source,
  ecs = ecs.source,
}

local function from_function(given)
  return function()
    local found, reason = given()
    if type(found) ~= "table" then
      return nil, type(reason) == "string" and reason or "the credentials function returned no table"
    end
    local keys
    keys, reason = static.valid(found)
    if keys then
      keys.identity = keys.access_key or keys.token -- another time it may give somebody else's
    end
    return keys, reason
  end
end

--- Makes a source of what the user gave as `credentials`.
---@param given table|function|nil
---@param getenv fun(name: string): string?
---@return function? source
---@return string? reason why there are none; contains no secret
function credentials.source(given, getenv)
  if given == nil then
    return chain.source(getenv)
  elseif type(given) == "function" then
    return from_function(given)
  elseif given.source ~= nil then
    local named = NAMED[given.source]
    if not named then
      return nil, ("source '%s' is none of environment, profile, container, ecs"):format(tostring(given.source))
    end
    return named(given, getenv)
  elseif given.username or given.password then
    return password.source(given)
  elseif given.idp_id or given.id_token_file then
    return federated.source(given)
  end
  return static.source(given)
end

return credentials
