--- Checks which credentials a client uses, and where they are from.

local chain = require "cbr.credentials.chain"
local core = require "cbr.core"
local errors = require "cbr.errors"
local options = require "cbr.options"
local profile = require "cbr.credentials.profile"

local credentials = {}

local SECONDS = 15 -- how long all sources may take together

local SHOWN = 4 -- the number of characters of an access key that are shown; it may be a secret key by mistake

local function words_of(found)
  if found.token then
    return "a token"
  end
  return ("%saccess key %s…"):format(found.security_token and "temporary " or "", found.access_key:sub(1, SHOWN))
end

local PLACES = {
  environment = function() return "the environment" end,
  profile = function() return "the profile " .. (profile.file(nil, options.variable) or "") end,
  container = function() return "the container's endpoint" end,
  ecs = function() return "the metadata service of this ECS" end,
}

local function add_found(state, found, place)
  state.add("credentials", "ok", ("%s, from %s"):format(words_of(found), place))
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
      return add_found(state, source.credentials, PLACES[source.name]())
    elseif source.warning then
      state.add("credentials", "fault", source.warning, "set both variables, or neither of them")
    elseif source.name == "ecs" then
      state.add("metadata", "note", tostring(source.reason),
        "the metadata service is needed only on an ECS with an agency")
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
function credentials.check(state)
  local client, given = state.client, state.given.credentials
  local deadline = core.monotonic() + SECONDS
  if given == nil then
    return check_chain(state, deadline)
  elseif not client.source then
    return add_found(state, given, "the option credentials")
  end
  local found, reason = client.source(client, nil, deadline)
  if not found then
    return fail(state, reason)
  end
  return add_found(state, found, "the option credentials")
end

return credentials
