--- The credentials endpoint of a container (pod identity).

local core = require "cbr.core"
local files = require "cbr.util.files"
local http = require "cbr.call.http"
local iam = require "cbr.credentials.iam"
local json = require "cbr.util.json"
local renewed = require "cbr.credentials.renewed"
local tables = require "cbr.util.tables"

local container = {}

local REQUEST_SECONDS = 5 -- as in the official SDKs

-- Hosts that may get the token over plain http, since nobody else can read it: this machine and its local network link.
local NEAR = { "^localhost[:/]", "^127%.", "^%[::1%]", "^169%.254%." }

local function is_near(authority)
  for _, pattern in ipairs(NEAR) do
    if (authority .. "/"):find(pattern) then
      return true
    end
  end
  return false
end

local function unescape(hex)
  return string.char(tonumber(hex, 16))
end

--- Makes the source.
---@param given { uri?: string, token_file?: string }
---@param getenv fun(name: string): string?
---@return function? source
---@return string? reason
function container.source(given, getenv)
  local uri = given.uri or getenv "HC_CONTAINER_CREDENTIALS_FULL_URI"
  local token_file = given.token_file or getenv "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE"
  if not uri then
    return nil, "HC_CONTAINER_CREDENTIALS_FULL_URI is not set"
  elseif not token_file then
    return nil, "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE is not set"
  end
  local scheme, authority, path = uri:match "^(https?)://([^/?#@]+)(/?[^?#]*)$"
  if not scheme then
    return nil, ("HC_CONTAINER_CREDENTIALS_FULL_URI '%s' is not http(s)://host/path"):format(uri)
  elseif scheme == "http" and not is_near(authority) then
    return nil, ("HC_CONTAINER_CREDENTIALS_FULL_URI '%s' is not encrypted, and not on this machine"):format(uri)
  end
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
      method = "POST", origin = scheme .. "://" .. authority, path = path:gsub("%%(%x%x)", unescape), body = "{}",
      headers = { Authorization = token, ["Content-Type"] = json.MEDIA_TYPE },
      pool = scheme == "http" and http.direct_pool(client) or nil,
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

return container
