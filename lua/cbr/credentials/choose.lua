--- Chooses the source of credentials that the user's options describe.
--
-- A source is a function `source(client, rejected, deadline)` that returns credentials (a table that nobody changes
-- afterwards), or nil and a reason: a text or an error. It is called before every request. `rejected` are credentials
-- that the service rejected: a source that can get others does so; any other source returns the same credentials again.

local chain = require "cbr.credentials.chain"
local container = require "cbr.credentials.container"
local ecs = require "cbr.credentials.ecs"
local environment = require "cbr.credentials.environment"
local federated = require "cbr.credentials.federated"
local password = require "cbr.credentials.password"
local profile = require "cbr.credentials.profile"
local static = require "cbr.credentials.static"

local choose = {}

-- Sources by the name that a user gives as `source`.
local NAMED = {
  environment = function(_, getenv) return environment.source(getenv) end,
  profile = profile.source,
  container = container.source,
  ecs = ecs.source,
}

local function from_function(fn)
  return function()
    local given, reason = fn()
    if type(given) ~= "table" then
      return nil, type(reason) == "string" and reason or "the credentials function returned no table"
    end
    local keys
    keys, reason = static.valid(given)
    if keys then
      keys.identity = keys.access_key or keys.token -- the next call may return credentials of another user
    end
    return keys, reason
  end
end

--- Makes a source of the option `credentials`.
---@param given table|function|nil
---@param getenv fun(name: string): string?
---@return function? source nil if `fixed` or `reason` is returned
---@return string? reason why there is no source; contains no secret
---@return table? fixed credentials that never change
function choose.source(given, getenv)
  if given == nil then
    return chain.source(getenv)
  elseif type(given) == "function" then
    return from_function(given)
  elseif given.source ~= nil then
    local named = NAMED[given.source]
    if not named then
      return nil, ("source '%s' must be environment, profile, container or ecs"):format(tostring(given.source))
    end
    return named(given, getenv)
  elseif given.username or given.password then
    return password.source(given)
  elseif given.idp_id or given.id_token_file then
    return federated.source(given)
  end
  local fixed, reason = static.valid(given)
  return nil, reason, fixed
end

return choose
