-- luacheck: std ngx_lua+luajit
--- The metadata service of the world's one server, and its moods: how it goes wrong, until told otherwise.

local answers = require "sandbox.responses"
local clock = require "sandbox.clock"
local iam_keys = require "sandbox.iam_keys"
local ids = require "sandbox.ids"
local json = require "sandbox.json"
local keys = require "sandbox.keys"
local world = require "sandbox.fixtures"

local metadata = {}

local LONGEST_TTL = 21600
local NO_AGENCY = "Please configure Cloud Service Agency first"

local mood
local tokens -- value → when it expires, by the server's clock

function metadata.reset()
  mood, tokens = { mode = "normal" }, {}
end

local function project()
  return world.projects[world.instance.project]
end

-- --- as it should be ------------------------------------------------------------------------------------------------

-- A token is needed by who brings one only: the service's own default. Where there is no token step nobody checks.
local function bad_token(request)
  local value = request:header "x-metadata-token"
  return value and mood.mode ~= "no_token_step" and not (tokens[value] and clock.now() < tokens[value])
end

local function needs_good_token(answer)
  return function(request)
    if bad_token(request) then return answers.text(401, "401 Unauthorized: the metadata token is invalid") end
    return answer(request)
  end
end

local function issue_key()
  return iam_keys.view(keys.issue(project().account))
end

local CALLS = {
  metadata_token = function(request)
    local ttl = tonumber(request:header "x-metadata-token-ttl-seconds")
    if not ttl or ttl < 1 or ttl > LONGEST_TTL then
      return answers.text(400, "400 Bad Request: X-Metadata-Token-Ttl-Seconds")
    end
    local value = ids.token(56)
    tokens[value] = clock.now() + ttl
    return answers.text(200, value)
  end,
  metadata_key = needs_good_token(function()
    return answers.ok { credential = issue_key() }
  end),
  metadata_data = needs_good_token(function()
    return answers.ok {
      uuid = world.instance.id, name = world.instance.name, project_id = project().id, region_id = project().region,
      availability_zone = project().region .. "a", meta = { agency_name = world.instance.agency },
    }
  end),
}

-- --- moods ----------------------------------------------------------------------------------------------------------

local function without_token(request)
  return not request:header "x-metadata-token"
end

local function unauthorized()
  return answers.text(401, "401 Unauthorized: X-Metadata-Token")
end

local EVERY = { metadata_token = true, metadata_key = true, metadata_data = true }
local KEY = { metadata_key = true }

-- `touches`: which calls it changes, of those only the ones that it `bites`. `play(told, request, call)` answers;
-- `told` is what control said.
local MODES = {
  normal = { touches = {} },
  no_token_step = {
    touches = { metadata_token = true },
    play = function(told) return answers.text(told.status or 404, "no such thing here") end,
  },
  token_required = {
    touches = { metadata_key = true, metadata_data = true }, bites = without_token, play = unauthorized,
  },
  token_void = {
    touches = KEY, times = 1,
    play = function(_, request)
      tokens[request:header "x-metadata-token" or ""] = nil
      return unauthorized()
    end,
  },
  no_agency = { touches = KEY, play = function(told) return answers.text(told.status or 401, NO_AGENCY) end },
  broken_json = { touches = KEY, play = function()
    return { status = 200, body = '{"credential":{"access":"' .. ids.access_key() }
  end },
  torn = { touches = KEY, play = function()
    local view = issue_key()
    view.securitytoken = nil
    return answers.ok { credential = view }
  end },
  slow = { touches = EVERY, play = function(told, request, call)
    ngx.sleep(told.seconds or 5)
    return call(request)
  end },
  silent = { touches = EVERY, play = function()
    -- Until the caller goes: nginx ends this when the connection does.
    ngx.sleep(24 * 3600)
    return ngx.exit(444)
  end },
  error_500 = { touches = EVERY, play = function() return answers.text(500, "500 Internal Server Error") end },
}

--- {mode, times (how many calls it changes; without end unless told, token_void 1), call (of one operation only),
-- status, seconds}
function metadata.set(body)
  local told = {}
  for name, value in pairs(body) do
    if value ~= json.null then told[name] = value end
  end
  local mode = MODES[told.mode]
  if not mode then error("no such mode: " .. tostring(told.mode), 0) end
  if told.call and not CALLS[told.call] then error("no such call: " .. tostring(told.call), 0) end
  told.times = told.times or mode.times or -1
  mood = told
end

function metadata.mood()
  return mood
end

local function takes(mode, operation, request)
  return mode.touches[operation] and (not mood.call or mood.call == operation)
    and (not mode.bites or mode.bites(request))
end

--- The answer to a call by its operation's name, as the mood has it.
function metadata.answer(operation, request)
  local told, mode = mood, MODES[mood.mode]
  if not takes(mode, operation, request) then return CALLS[operation](request) end
  told.times = told.times - 1
  if told.times == 0 then mood = { mode = "normal" } end
  return mode.play(told, request, CALLS[operation])
end

metadata.reset()

return metadata
