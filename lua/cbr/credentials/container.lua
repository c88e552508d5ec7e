--- The credentials endpoint of a container (pod identity).

local core = require "cbr.core"
local exchange = require "cbr.call.http"
local files = require "cbr.util.files"
local fresh = require "cbr.credentials.renewed"
local iam = require "cbr.credentials.iam"

local container = {}

local PATIENCE = 5 -- seconds, as in the official SDKs

-- Where plain http shows the token to nobody: this machine and its own link.
local NEAR = { "^localhost[:/]", "^127%.", "^%[::1%]", "^169%.254%." }

local function is_near(rest)
  for _, pattern in ipairs(NEAR) do
    if (rest .. "/"):find(pattern) then
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
  return fresh.source("container", function(self, deadline)
    local token, reason = files.word(token_file)
    if not token then
      return nil, "the token: " .. reason
    end
    local body, err, answer = exchange.send(self, {
      method = "POST", origin = scheme .. "://" .. authority, path = path:gsub("%%(%x%x)", unescape), body = "{}",
      headers = { Authorization = token, ["Content-Type"] = "application/json" },
    }, nil, {
      operation = "container_key", pool = scheme == "http" and exchange.direct_pool(self) or nil, secrets = { token },
      deadline = math.min(deadline, core.monotonic() + PATIENCE),
    })
    if not body then
      return nil, err
    end
    local given_keys = type(body) == "table" and type(body.credentials) == "table" and body.credentials or {}
    local found, life = iam.temporary_keys({
      access = given_keys.accessKeyId, secret = given_keys.secretAccessKey, securitytoken = given_keys.securityToken,
      expires_at = given_keys.expiration,
    }, answer)
    if not found then
      return nil, "the container endpoint's keys are not whole"
    end
    return found, life
  end)
end

return container
