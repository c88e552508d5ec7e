--- The credentials endpoint of a container (pod identity).

local core = require "cbr.core"
local files = require "cbr.util.files"
local forms = require "cbr.credentials.forms"
local http = require "cbr.call.http"
local iam = require "cbr.credentials.iam"
local json = require "cbr.util.json"
local renewed = require "cbr.credentials.renewed"
local tables = require "cbr.util.tables"

local container = {}

local REQUEST_SECONDS = 5 -- the official SDKs have the same timeout

local URI, TOKEN_FILE = "HC_CONTAINER_CREDENTIALS_FULL_URI", "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE"
local UNUSED = "%s is set, but not used, because %s is not set"

local function unescape(hex)
  return string.char(tonumber(hex, 16))
end

-- Returns the origin and the path, which is not percent-encoded; or nil and an error.
local function read_uri(uri, setting, allow_http)
  local origin, path = forms.origin(uri, {
    setting = setting, allow_http = allow_http, is_local = true, has_path = true, needs_scheme = true,
  })
  if not origin then
    return nil, path
  end
  path = path:gsub("%%([0-9A-Fa-f][0-9A-Fa-f])", unescape)
  if path:find "[%z\1-\31\127]" then
    return nil, forms.config_error(("%s contains a control character"):format(setting))
  end
  return origin, path == "" and "/" or path
end

--- Makes the source of a container's credentials (see cbr.credentials.choose).
---@param given { uri?: string, token_file?: string }
---@param getenv fun(name: string): string?
---@param allow_http? boolean
---@return function? source
---@return string|cbr.Error|nil reason
---@return string? warning if only one of the two variables is set
function container.source(given, getenv, allow_http)
  local uri, token_file = given.uri or getenv(URI), given.token_file or getenv(TOKEN_FILE)
  if not uri then
    return nil, URI .. " is not set", token_file and UNUSED:format(TOKEN_FILE, URI)
  elseif not token_file then
    return nil, TOKEN_FILE .. " is not set", UNUSED:format(URI, TOKEN_FILE)
  end
  local origin, path = read_uri(uri, given.uri and "credentials.uri" or URI, allow_http)
  if not origin then
    return nil, path
  end
  local is_plain = origin:find "^http:" ~= nil
  return renewed.source("container", function(client, deadline)
    local token, reason = files.word(token_file)
    if not token then
      return nil, "the token: " .. reason
    end
    local context = {
      client = client, operation = "container_key", secrets = { token },
      attempt_deadline = math.min(deadline, core.monotonic() + REQUEST_SECONDS),
    }
    local body, err = http.send(context, {
      method = "POST", origin = origin, path = path, body = "{}",
      headers = { Authorization = token, ["Content-Type"] = json.MEDIA_TYPE },
      pool = is_plain and http.direct_pool(client) or nil,
    })
    if not body then
      return nil, err
    end
    local keys = tables.of(tables.of(body).credentials)
    local credentials, life = iam.temporary_keys({
      access = keys.accessKeyId, secret = keys.secretAccessKey, securitytoken = keys.securityToken,
      expires_at = keys.expiration,
    }, context.response)
    if not credentials then
      return nil, "the container endpoint's keys are incomplete"
    end
    return credentials, life
  end)
end

--- Says where the credentials are from (see cbr.credentials.sources).
---@return string
function container.place()
  return "the container's endpoint"
end

return container
