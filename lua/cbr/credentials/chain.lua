--- Tries sources in a fixed order if the user gives no credentials. The first source that has credentials is kept.
--
-- A source that is not configured is skipped. A source that is configured only in part is skipped too, and the log
-- function gets a warning, because the credentials that are used instead may belong to another account. For the same
-- reason, the search ends at a source that is configured and fails.

local errors = require "cbr.errors"
local forms = require "cbr.credentials.forms"
local late = require "cbr.util.late"
local log = require "cbr.util.log"
local sources = require "cbr.credentials.sources"

local chain = {}

-- Makes a named source. Returns a source; or nil, a reason, and, if the source is configured only in part, a warning. A
-- reason that is an error ends the search. A source whose row lacks `is_configured` checks at each call whether it is
-- configured. If it is not, the call returns nil, a reason and perhaps a warning, as this function does.
local function make(row, given, getenv, allow_http)
  local ok, reason, kind = late.ready(row.module)
  if not ok then
    return nil, forms.config_error(reason, kind)
  end
  return row.module.source(given, getenv, allow_http)
end

-- Calls a source. Returns credentials; or nil, a reason, a warning, and whether the search ends.
local function ask(row, source, ...)
  local credentials, reason, warning = source(...)
  if credentials then
    return credentials
  elseif row.is_configured and not errors.is(reason) then
    reason = ("%s: %s"):format(row.name, tostring(reason))
  end
  return nil, reason, warning, row.is_configured or errors.is(reason)
end

local function warn(client, warnings)
  for _, entry in ipairs(warnings) do
    log.tell(client, { event = "credentials", source = entry.source, warning = entry.warning })
  end
end

--- Makes a source that asks the sources of the chain. Nothing is sent, and no credentials are read, before
-- its first call.
---@param getenv fun(name: string): string?
---@param allow_http? boolean
---@return function source
function chain.source(getenv, allow_http)
  local kept
  late.ready(sources[1].module) -- so that a call with keys in the environment need not read a file
  local made = {} -- name of a source -> the source, which is made once, so that its renewal in progress is found again
  return function(client, rejected, deadline)
    if kept then
      return kept(client, rejected, deadline)
    end
    local reasons, warnings = {}, {}
    for i, row in ipairs(sources) do
      local credentials, reason, warning, is_end
      if not made[row.name] then
        made[row.name], reason, warning = make(row, {}, getenv, allow_http)
        is_end = errors.is(reason)
      end
      if made[row.name] then
        credentials, reason, warning, is_end = ask(row, made[row.name], client, rejected, deadline)
      end
      if credentials then
        kept = made[row.name]
        warn(client, warnings)
        return credentials
      elseif is_end then
        return nil, reason
      end
      reasons[i] = ("%s: %s"):format(row.name, tostring(reason))
      warnings[#warnings + 1] = warning and { source = row.name, warning = warning }
    end
    return nil, "no credentials found: " .. table.concat(reasons, "; ")
  end
end

---@class cbr.SourceExplanation
---@field name string
---@field credentials? table
---@field place? string where the credentials are from, for messages
---@field reason? string|cbr.Error why there are no credentials
---@field warning? string if the source is configured in part
---@field note? { check: string, words: string } see cbr.NamedSource
---@field is_end? boolean the source is configured and fails, so that no source after it is tried

--- Asks the sources, in their order, until one of them ends the search. `cbr.diagnose` shows the reasons of all
-- sources that were asked.
---@param client cbr.Client
---@param getenv fun(name: string): string?
---@param deadline number time on core.monotonic's clock
---@return cbr.SourceExplanation[]
function chain.explain(client, getenv, deadline)
  local list = {}
  for i, row in ipairs(sources) do
    local explanation = { name = row.name, note = row.note }
    list[i] = explanation
    local source
    source, explanation.reason, explanation.warning = make(row, {}, getenv, client.allow_http)
    explanation.is_end = errors.is(explanation.reason)
    if source then
      explanation.credentials, explanation.reason, explanation.warning, explanation.is_end =
        ask(row, source, client, nil, deadline)
    end
    if explanation.credentials then
      explanation.place = row.module.place(getenv)
      break
    elseif explanation.is_end then
      break
    end
  end
  return list
end

--- Makes the source that `credentials.source` names.
---@param given table with the field `source`, a name in cbr.credentials.sources
---@param getenv fun(name: string): string?
---@param allow_http? boolean
---@return function? source
---@return string|cbr.Error|nil reason
function chain.named(given, getenv, allow_http)
  for _, row in ipairs(sources) do
    if row.name == given.source then
      local source, reason = make(row, given, getenv, allow_http)
      return source, reason
    end
  end
end

return chain
