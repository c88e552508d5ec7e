-- luacheck: std ngx_lua+luajit
--- The metadata service of the only cloud server among the fixtures, and the modes in which this service fails.

local clock = require "sandbox.clock"
local fixtures = require "sandbox.fixtures"
local iam_keys = require "sandbox.iam.temporary_keys"
local ids = require "sandbox.ids"
local json = require "sandbox.json"
local keys = require "sandbox.iam.keys"
local responses = require "sandbox.gateway.responses"

local metadata = {}

local MAX_TTL_SECONDS = 21600
local NO_AGENCY = "Please configure Cloud Service Agency first"

local current -- the settings in force: {mode, times, call, status, seconds}
local tokens -- for the text of each token, the time by the server's clock when the token expires

function metadata.reset()
  current, tokens = { mode = "normal" }, {}
end

local function project()
  return fixtures.projects[fixtures.instance.project]
end

-- --- normal behaviour -----------------------------------------------------------------------------------------------

-- As in the real service by default, a request without a token is accepted. A token that is present is checked, except
-- in the mode no_token_step.
local function has_bad_token(request)
  local value = request:header "x-metadata-token"
  return value and current.mode ~= "no_token_step" and not (tokens[value] and clock.now() < tokens[value])
end

local function with_token_check(handler)
  return function(request)
    if has_bad_token(request) then
      return responses.text(401, "401 Unauthorized: the metadata token is invalid")
    end
    return handler(request)
  end
end

local function issue_key()
  return iam_keys.view(keys.issue(project().account))
end

local CALLS = {
  metadata_token = function(request)
    local ttl = tonumber(request:header "x-metadata-token-ttl-seconds")
    if not ttl or ttl < 1 or ttl > MAX_TTL_SECONDS then
      return responses.text(400, "400 Bad Request: X-Metadata-Token-Ttl-Seconds")
    end
    local value = ids.token(56)
    tokens[value] = clock.now() + ttl
    return responses.text(200, value)
  end,
  metadata_key = with_token_check(function()
    return responses.ok { credential = issue_key() }
  end),
  metadata_data = with_token_check(function()
    local home = project()
    return responses.ok {
      uuid = fixtures.instance.id, name = fixtures.instance.name, project_id = home.id, region_id = home.region,
      availability_zone = home.region .. "a", meta = { agency_name = fixtures.instance.agency },
    }
  end),
}

-- --- modes ----------------------------------------------------------------------------------------------------------

local function has_no_token(request)
  return not request:header "x-metadata-token"
end

local function unauthorized()
  return responses.text(401, "401 Unauthorized: X-Metadata-Token")
end

local ALL = { metadata_token = true, metadata_key = true, metadata_data = true }
local KEY = { metadata_key = true }

-- `calls`: the operations that a mode changes. `condition(request)`: whether the mode changes this request.
-- `play(settings, request, call)` responds in place of `call`. `times`: the default of the setting `times`.
local MODES = {
  normal = { calls = {} },
  no_token_step = {
    calls = { metadata_token = true },
    play = function(settings) return responses.text(settings.status or 404, "no such thing here") end,
  },
  token_required = {
    calls = { metadata_key = true, metadata_data = true }, condition = has_no_token, play = unauthorized,
  },
  token_revoked = {
    calls = KEY, times = 1,
    play = function(_, request)
      tokens[request:header "x-metadata-token" or ""] = nil
      return unauthorized()
    end,
  },
  no_agency = { calls = KEY, play = function(settings) return responses.text(settings.status or 401, NO_AGENCY) end },
  broken_json = { calls = KEY, play = function()
    return { status = 200, body = '{"credential":{"access":"' .. ids.access_key() }
  end },
  no_security_token = { calls = KEY, play = function()
    local view = issue_key()
    view.securitytoken = nil
    return responses.ok { credential = view }
  end },
  slow = { calls = ALL, play = function(settings, request, call)
    ngx.sleep(settings.seconds or 5)
    return call(request)
  end },
  silent = { calls = ALL, play = function()
    -- nginx ends this sleep when the client closes its connection.
    ngx.sleep(24 * 3600)
    return ngx.exit(444)
  end },
  error_500 = { calls = ALL, play = function() return responses.text(500, "500 Internal Server Error") end },
}

--- Sets the mode: {mode, times (how many calls the mode changes; default: 1 for token_revoked, else all), call (the
-- only operation that the mode changes), status, seconds}.
function metadata.set(body)
  local settings = {}
  for name, value in pairs(body) do
    if value ~= json.null then
      settings[name] = value
    end
  end
  local mode = MODES[settings.mode]
  if not mode then
    error("no such mode: " .. tostring(settings.mode), 0)
  end
  if settings.call and not CALLS[settings.call] then
    error("no such call: " .. tostring(settings.call), 0)
  end
  settings.times = settings.times or mode.times or -1
  current = settings
end

function metadata.settings()
  return current
end

local function applies(mode, operation, request)
  return mode.calls[operation] and (not current.call or current.call == operation)
    and (not mode.condition or mode.condition(request))
end

--- The response to a call, named by its operation, in the present mode.
function metadata.respond(operation, request)
  local settings, mode = current, MODES[current.mode]
  if not applies(mode, operation, request) then
    return CALLS[operation](request)
  end
  settings.times = settings.times - 1
  if settings.times == 0 then
    current = { mode = "normal" }
  end
  return mode.play(settings, request, CALLS[operation])
end

metadata.reset()

return metadata
