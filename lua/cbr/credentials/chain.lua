--- Tries sources in a fixed order if the user gives no credentials. The first source that has credentials is kept.
--
-- A source that is not configured is skipped. A source that is configured only in part is skipped too, and the log
-- function gets a warning, because the credentials that are used instead may belong to another account. For the same
-- reason, the search ends at a source that is configured and fails.

local environment = require "cbr.credentials.environment"
local errors = require "cbr.errors"
local forms = require "cbr.credentials.forms"
local late = require "cbr.util.late"
local log = require "cbr.util.log"

local chain = {}

-- `make` returns a source; or nil, a reason, and, if the source is configured only in part, a warning. A reason that is
-- an error ends the search. With `is_configured`, a source that `make` returns is configured, so any failure of that
-- source ends the search. Any other source checks at each call whether it is configured. If it is not, the call
-- returns nil, a reason and perhaps a warning, as `make` does.
local ORDER = {
  { name = "environment", is_configured = true, make = function(_, getenv) return environment.source(getenv) end },
  { name = "profile", make = late.call(late "cbr.credentials.profile", "source", forms.config_error) },
  { name = "container", is_configured = true,
    make = late.call(late "cbr.credentials.container", "source", forms.config_error) },
  { name = "ecs", make = late.call(late "cbr.credentials.ecs", "source", forms.config_error) },
}

-- Calls a source. Returns credentials; or nil, a reason, a warning, and whether the search ends.
local function ask(link, source, ...)
  local credentials, reason, warning = source(...)
  if credentials then
    return credentials
  elseif link.is_configured and not errors.is(reason) then
    reason = ("%s: %s"):format(link.name, tostring(reason))
  end
  return nil, reason, warning, link.is_configured or errors.is(reason)
end

local function warn(client, warnings)
  for _, entry in ipairs(warnings) do
    log.tell(client, { event = "credentials", source = entry.source, warning = entry.warning })
  end
end

--- Makes a source that asks the sources of the chain. Nothing is read or sent before its first call.
---@param getenv fun(name: string): string?
---@param allow_http? boolean
---@return function source
function chain.source(getenv, allow_http)
  local kept
  local made = {} -- name of a source -> the source, which is made once, so that its renewal in progress is found again
  return function(client, rejected, deadline)
    if kept then
      return kept(client, rejected, deadline)
    end
    local reasons, warnings = {}, {}
    for i, link in ipairs(ORDER) do
      local credentials, reason, warning, is_end
      if not made[i] then
        made[i], reason, warning = link.make({}, getenv, allow_http)
        is_end = errors.is(reason)
      end
      if made[i] then
        credentials, reason, warning, is_end = ask(link, made[i], client, rejected, deadline)
      end
      if credentials then
        kept = made[i]
        warn(client, warnings)
        return credentials
      elseif is_end then
        return nil, reason
      end
      reasons[i] = ("%s: %s"):format(link.name, tostring(reason))
      warnings[#warnings + 1] = warning and { source = link.name, warning = warning }
    end
    return nil, "no credentials found: " .. table.concat(reasons, "; ")
  end
end

---@class cbr.SourceExplanation
---@field name string
---@field credentials? table
---@field reason? string|cbr.Error why there are no credentials
---@field warning? string if the source is configured in part
---@field is_end? boolean the source is configured and fails, so that no source after it is tried

--- Asks the sources, in their order, until one of them ends the search. `cbr.diagnose` shows the reasons of all
-- sources that were asked.
---@param client cbr.Client
---@param getenv fun(name: string): string?
---@param deadline number time on core.monotonic's clock
---@return cbr.SourceExplanation[]
function chain.explain(client, getenv, deadline)
  local list = {}
  for i, link in ipairs(ORDER) do
    local explanation = { name = link.name }
    list[i] = explanation
    local source
    source, explanation.reason, explanation.warning = link.make({}, getenv, client.allow_http)
    explanation.is_end = errors.is(explanation.reason)
    if source then
      explanation.credentials, explanation.reason, explanation.warning, explanation.is_end =
        ask(link, source, client, nil, deadline)
    end
    if explanation.credentials or explanation.is_end then
      break
    end
  end
  return list
end

--- Makes the source that `credentials.source` names.
---@param given table with the field `source`, the name of one of the sources
---@param getenv fun(name: string): string?
---@param allow_http? boolean
---@return function? source
---@return string|cbr.Error|nil reason
function chain.named(given, getenv, allow_http)
  for _, link in ipairs(ORDER) do
    if link.name == given.source then
      local source, reason = link.make(given, getenv, allow_http)
      return source, reason
    end
  end
end

return chain
