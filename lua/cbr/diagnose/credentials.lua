--- Checks which credentials a client uses, and where they are from.

local chain = require "cbr.credentials.chain"
local core = require "cbr.core"
local errors = require "cbr.errors"
local options = require "cbr.options"
local shown = require "cbr.util.shown"

local credentials_check = {}

local SECONDS = 15 -- how long all sources may take together

local function words_of(credentials)
  if credentials.token then
    return "a token"
  end
  return ("%saccess key %s…"):format(credentials.security_token and "temporary " or "",
    shown.key_start(credentials.access_key))
end

local function pass(state, credentials, place)
  state.add("credentials", "ok", ("%s, from %s"):format(words_of(credentials), place))
  return true
end

local function fail(state, reason)
  if errors.is(reason) then
    state.fail("credentials", reason)
  else
    state.add("credentials", "fault", tostring(reason), errors.advice.credentials)
  end
  return false
end

-- Tries the sources of the chain. A source that is not configured is a fault only if no source has credentials.
local function check_chain(state, deadline)
  local reasons = {}
  for _, source in ipairs(chain.explain(state.client, options.variable, deadline)) do
    if source.credentials then
      return pass(state, source.credentials, source.place)
    elseif source.warning then
      state.add("credentials", "fault", source.warning, "set both variables, or neither of them")
    elseif source.note then
      state.add(source.note.check, "note", tostring(source.reason), source.note.words)
    end
    if source.is_end then
      return fail(state, source.reason)
    end
    reasons[#reasons + 1] = ("%s: %s"):format(source.name, tostring(source.reason))
  end
  return fail(state, "no credentials found: " .. table.concat(reasons, "; "))
end

--- Checks the credentials.
---@param state cbr.DiagnoseState
---@return boolean has_credentials
function credentials_check.check(state)
  local client, given = state.client, state.given.credentials
  local deadline = core.monotonic() + SECONDS
  if given == nil then
    return check_chain(state, deadline)
  elseif not client.source then
    return pass(state, given, "the option credentials")
  end
  local credentials, reason = client.source(client, nil, deadline)
  if not credentials then
    return fail(state, reason)
  end
  return pass(state, credentials, "the option credentials")
end

return credentials_check
