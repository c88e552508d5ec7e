--- Credentials: where they come from, and what counts as some.
--
-- A source is a function without arguments that returns credentials, or nil and
-- a reason. It is asked before every request, so that one which renews its keys
-- needs nothing else.

local environment = require "cbr.credentials.environment"
local static = require "cbr.credentials.static"

local credentials = {}

--- Makes a source of what the user gave as `credentials`.
---@param given table|function|nil a table of keys or a token, a function, or nothing: the environment
---@param getenv fun(name: string): string?
---@return function? source
---@return string? reason why there are none; contains no secret
function credentials.source(given, getenv)
  if given == nil then
    return environment.source(getenv)
  elseif type(given) == "table" then
    return static.source(given)
  end
  return function()
    local found, reason = given()
    if type(found) ~= "table" then
      return nil, type(reason) == "string" and reason or "the credentials function returned no table"
    end
    return static.valid(found)
  end
end

return credentials
