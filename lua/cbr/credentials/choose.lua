--- Chooses the source of credentials that the user's options describe.
--
-- A source is a function `source(client, rejected, deadline)`. A source returns credentials (a table that nobody
-- changes afterwards), or nil and a reason: a text or an error. A source is called before every request.
-- `rejected` are credentials that the service rejected: a source that can get others does so, and any other
-- source returns the same credentials again.

local forms = require "cbr.credentials.forms"
local late = require "cbr.util.late"
local static = require "cbr.credentials.static"
local tables = require "cbr.util.tables"

local agency, chain = late "cbr.credentials.agency", late "cbr.credentials.chain"

local sources = {
  agency = late.call(agency, "source", forms.config_error),
  agency_of_environment = late.call(agency, "from_environment", forms.config_error),
  chain = late.call(chain, "source", forms.config_error),
  named = late.call(chain, "named", forms.config_error),
  federated = late.call(late "cbr.credentials.federated", "source", forms.config_error),
  password = late.call(late "cbr.credentials.password", "source", forms.config_error),
}

local choose = {}

local function from_function(fn)
  return function()
    local given, reason = fn()
    if type(given) ~= "table" then
      return nil, type(reason) == "string" and reason or "the credentials function returned no table"
    end
    local problem = forms.problem(given)
    if problem then
      return nil, "the credentials function returned bad " .. problem
    end
    local keys
    keys, reason = static.valid(given)
    if keys then
      keys.identity = keys.access_key or keys.token -- the next call may return credentials of another user
    end
    return keys, reason
  end
end

-- Makes the source of an agency.
local function from_agency(given, getenv, allow_http)
  local own = given.source
  own = type(own) == "string" and { source = own } or own
  local source, reason, fixed
  if own == nil then
    source, reason = sources.chain(getenv, allow_http)
  else
    source, reason, fixed = choose.source(own, getenv, allow_http)
  end
  if fixed then
    source = function() return fixed end
  elseif not source then
    return nil, reason
  end
  source, reason = sources.agency(given, source)
  return source, reason
end

--- Makes a source of the option `credentials`.
---@param given table|function|nil nil: the chain, or the agency that the environment names
---@param getenv fun(name: string): string?
---@param allow_http? boolean
---@return function? source nil if `fixed` or `reason` is returned
---@return string|cbr.Error|nil reason why there is no source; contains no secret
---@return table? fixed credentials that never change
function choose.source(given, getenv, allow_http)
  if given == nil then
    local source, reason = sources.chain(getenv, allow_http)
    if source and getenv "HW_ASSUME_ROLE_AGENCY_NAME" then
      source, reason = sources.agency_of_environment(getenv, source)
    end
    return source, reason
  elseif type(given) == "function" then
    return from_function(given)
  end
  local problem = forms.problem(given)
  if problem then
    return nil, forms.config_error(problem)
  end
  given = tables.copy(given) -- the caller may change the table later
  local form = forms.of(given)
  if form == "agency" then
    local source, reason = from_agency(given, getenv, allow_http)
    return source, reason
  elseif form == "source" then
    local source, reason = sources.named(given, getenv, allow_http)
    return source, reason
  elseif form == "password" then
    return sources.password(given)
  elseif form == "federated" then
    return sources.federated(given, allow_http)
  end
  local fixed, reason = static.valid(given)
  return nil, reason, fixed
end

return choose
