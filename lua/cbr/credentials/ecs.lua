--- The agency of an ECS: temporary keys from the metadata service, so that no key is stored on the machine.

local core = require "cbr.core"
local forms = require "cbr.credentials.forms"
local http = require "cbr.call.http"
local iam = require "cbr.credentials.iam"
local json = require "cbr.util.json"
local renewed = require "cbr.credentials.renewed"
local static = require "cbr.credentials.static"
local text = require "cbr.util.text"

local ecs = {}

local ADDRESS = "http://169.254.169.254"
local REQUEST_SECONDS = 3 -- this timeout is short, because without a metadata service nothing responds
local CONNECT_SECONDS = 1
local TOKEN_SECONDS = 21600 -- the longest life of a token that the service gives
local NO_TOKEN_STEP_SECONDS = 24 * 3600 -- how long a service without tokens is not asked for a token again
local NO_TOKEN_STEP = { [404] = true, [405] = true, [503] = true }
local NO_AGENCY = "Please configure Cloud Service Agency first"

-- Sends a request { method, path, headers }. Returns the response, with any status; or nil and the reason.
local function ask(client, operation, request, service, deadline)
  local context = {
    client = client, operation = operation, attempt_deadline = math.min(deadline, core.monotonic() + REQUEST_SECONDS),
  }
  request.origin, request.connect_timeout, request.pool = service, CONNECT_SECONDS, http.direct_pool(client)
  local _, err = http.send(context, request)
  if context.response and context.response.result == "ok" then
    return context.response
  end
  return nil, ("no metadata service at %s: %s"):format(service, err.message)
end

--- Makes the source of an ECS agency's credentials (see cbr.credentials.choose).
---@param given { endpoint?: string } another address of the service
---@param getenv fun(name: string): string?
---@param allow_http? boolean
---@return function? source
---@return cbr.Error? reason
function ecs.source(given, getenv, allow_http)
  local service, problem = forms.origin(given.endpoint or getenv "CBR_METADATA_ENDPOINT" or ADDRESS, {
    setting = given.endpoint and "credentials.endpoint" or "CBR_METADATA_ENDPOINT", allow_http = allow_http,
    is_local = true, needs_scheme = true,
  })
  if not service then
    return nil, problem
  end
  local token, token_ends = nil, 0 -- `token` is false if the service issues no tokens

  local function need_token(client, deadline)
    if core.monotonic() < token_ends then
      return true
    end
    local response, reason = ask(client, "metadata_token", {
      method = "PUT", path = "/meta-data/latest/api/token",
      headers = { ["X-Metadata-Token-Ttl-Seconds"] = tostring(TOKEN_SECONDS) },
    }, service, deadline)
    if not response then
      return nil, reason
    elseif response.status == 200 then
      local flaw = static.problem { token = text.trim(response.body) }
      if flaw then
        return nil, "the metadata service's " .. flaw
      end
      token, token_ends = text.trim(response.body), core.monotonic() + TOKEN_SECONDS / 2
    elseif NO_TOKEN_STEP[response.status] then
      token, token_ends = false, core.monotonic() + NO_TOKEN_STEP_SECONDS
    else
      return nil, ("the metadata service gave no token: HTTP %d"):format(response.status)
    end
    return true
  end

  return renewed.source("ecs", function(client, deadline)
    local response
    for attempt = 1, 2 do
      local ok, reason = need_token(client, deadline)
      if not ok then
        return nil, reason
      end
      response, reason = ask(client, "metadata_key", {
        method = "GET", path = "/openstack/latest/securitykey", headers = { ["X-Metadata-Token"] = token or nil },
      }, service, deadline)
      if not response then
        return nil, reason
      elseif response.body:find(NO_AGENCY, 1, true) then
        return nil, "this ECS has no agency: " .. NO_AGENCY
      elseif response.status ~= 401 or attempt == 2 then
        break
      end
      token_ends = 0
    end
    if response.status ~= 200 then
      return nil, ("the metadata service gave no keys: HTTP %d"):format(response.status)
    end
    local body = json.decode(response.body)
    local credentials, life = iam.temporary_keys(body and body.credential, response)
    if not credentials then
      return nil, "the metadata service's keys are incomplete"
    end
    return credentials, life
  end)
end

--- Says where the credentials are from (see cbr.credentials.sources).
---@return string
function ecs.place()
  return "the metadata service of this ECS"
end

return ecs
