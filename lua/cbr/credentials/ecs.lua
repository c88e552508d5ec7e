--- The agency of an ECS: temporary keys from the metadata service, without any key on the machine.

local core = require "cbr.core"
local exchange = require "cbr.call.http"
local fresh = require "cbr.credentials.renewed"
local iam = require "cbr.credentials.iam"
local json = require "cbr.util.json"

local ecs = {}

local ADDRESS = "http://169.254.169.254"
local PATIENCE = 3 -- seconds for a call: beside a machine without the service nobody answers
local CONNECT = 1
local TOKEN_LIFE = 21600 -- seconds, the longest the service gives
local WITHOUT_TOKEN = 24 * 3600 -- seconds for which a service that has no token step is not asked for one
local NO_TOKEN_STEP = { [404] = true, [405] = true, [503] = true }
local NO_AGENCY = "Please configure Cloud Service Agency first"

-- -> the answer as it came, or nil and why there is none
local function ask(self, operation, origin, method, path, headers, deadline)
  local _, err, answer = exchange.send(self, {
    method = method, origin = origin, path = path, headers = headers, connect_timeout = CONNECT,
  }, nil, {
    operation = operation,
    pool = exchange.direct_pool(self),
    deadline = math.min(deadline, core.monotonic() + PATIENCE),
  })
  if answer and answer.result == "ok" then
    return answer
  end
  return nil, ("no metadata service at %s: %s"):format(origin, err.message)
end

--- Makes the source.
---@param given { endpoint?: string } the service's address, if it is another
---@param getenv fun(name: string): string?
---@return function source
function ecs.source(given, getenv)
  local origin = given.endpoint or getenv "CBR_METADATA_ENDPOINT" or ADDRESS
  local token, token_ends = nil, 0 -- false: the service has no token step

  local function need_token(self, deadline)
    if core.monotonic() < token_ends then
      return true
    end
    local answer, reason = ask(self, "metadata_token", origin, "PUT", "/meta-data/latest/api/token", {
      ["X-Metadata-Token-Ttl-Seconds"] = tostring(TOKEN_LIFE),
    }, deadline)
    if not answer then
      return nil, reason
    elseif answer.status == 200 and answer.body:find "^%s*%S+%s*$" then
      token, token_ends = answer.body:match "%S+", core.monotonic() + TOKEN_LIFE / 2
    elseif NO_TOKEN_STEP[answer.status] then
      token, token_ends = false, core.monotonic() + WITHOUT_TOKEN
    else
      return nil, ("the metadata service gave no token: HTTP %d"):format(answer.status)
    end
    return true
  end

  return fresh.source("ecs", function(self, deadline)
    local answer
    for attempt = 1, 2 do
      local ok, reason = need_token(self, deadline)
      if not ok then
        return nil, reason
      end
      answer, reason = ask(self, "metadata_key", origin, "GET", "/openstack/latest/securitykey", {
        ["X-Metadata-Token"] = token or nil,
      }, deadline)
      if not answer then
        return nil, reason
      elseif answer.body:find(NO_AGENCY, 1, true) then
        return nil, "this ECS has no agency: " .. NO_AGENCY
      elseif answer.status ~= 401 or attempt == 2 then
        break
      end
      token_ends = 0
    end
    if answer.status ~= 200 then
      return nil, ("the metadata service gave no keys: HTTP %d"):format(answer.status)
    end
    local body = json.decode(answer.body)
    local found, life = iam.temporary_keys(body and body.credential, answer)
    if not found then
      return nil, "the metadata service's keys are not whole"
    end
    return found, life
  end)
end

return ecs
