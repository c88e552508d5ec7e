--- Tells what a 401 means for the credentials, and explains it in plain words: what is wrong with the key, the clock or
-- the project. If the gateway's message shows the request that the gateway received, the explanation names the first
-- line that differs from the signed request.
--
-- Source: the FAQ of the API signing guide. The gateway echoes its own canonical request, with `|` for newlines.

local service_codes = require "cbr.call.service_codes"
local shown = require "cbr.util.shown"
local text = require "cbr.util.text"

local unauthorized = {}

--- Whether other credentials may help after a failure of kind `unauthorized`. With a token or with temporary keys, this
-- is always so, because the response may have no code. With permanent keys, this is so only if the code says that the
-- credentials were rejected, because a 401 without such a code may come from a proxy.
---@param err cbr.Error error of kind `unauthorized`
---@param credentials table the credentials that were used
---@return boolean
function unauthorized.is_about_credentials(err, credentials)
  local meaning = service_codes.known[err.code] or {}
  return (credentials.token or credentials.security_token or meaning.rejects_credentials) and true or false
end

--- Whether a failure counts against an access key: five in a row lock the key.
---@param err cbr.Error error of kind `unauthorized`
---@return boolean
function unauthorized.locks_key(err)
  return (service_codes.known[err.code] or {}).locks_key or false
end

-- Pattern in the gateway's message -> explanation.
local CAUSES = {
  { "%f[a-z]ak [^ ]* ?not exist", "the access key is unknown: it is mistyped or deleted, or belongs to another cloud" },
  { "failed to reach the limit", "the access key is locked for five minutes after five failed signatures in a row" },
  { "signature expired", "this machine's clock is off by more than 15 minutes" },
  { "is not equal token's projectid", "the project id does not belong to these credentials" },
  { "decrypt token fail", "the token is not valid" },
  { "token expire", "the token has expired" },
  { "ak expired", "the temporary key has expired" },
  { ": unauthorized%.?$", "the gateway does not say what is wrong: check the access key, the "
    .. "secret key, the project id, and whether all belong to this cloud and region" },
  { "security ?token", "the security token does not belong to this key, or has expired" },
}

-- Returns the name of a line of a canonical request.
local function name_of(index, count, line)
  if index == 1 then
    return "method"
  elseif index == 2 then
    return "path"
  elseif index == 3 then
    return "query"
  elseif index == count then
    return "hash of the body"
  elseif index == count - 1 then
    return "list of signed headers"
  end
  return "header " .. (line:match "^[^:]*" or "")
end

local function lines(canonical, separator)
  local list = {}
  for line in (canonical .. separator):gmatch("(.-)%" .. separator) do
    list[#list + 1] = line
  end
  return list
end

-- Describes the first line in which the gateway's canonical request differs from the client's own.
local function difference(echoed, canonical, secrets)
  local theirs, ours = lines(echoed, "|"), lines((canonical:gsub("|", "%%7C")), "\n")
  for i = 1, math.max(#theirs, #ours) do
    local a, b = theirs[i] or "", (ours[i] or ""):gsub("%%7C", "|")
    if a ~= b then
      local name = name_of(i, #ours, ours[i] or a)
      if name == "header x-security-token" then
        return "the gateway received another header x-security-token" -- the values are not shown: each may be a secret
      end
      a, b = shown.line(shown.redact(a, secrets), 200), shown.line(shown.redact(b, secrets), 200)
      return ("the gateway received another %s: '%s' instead of '%s'"):format(name, a, b)
    end
  end
  return "the secret key does not belong to the access key, because the gateway received the request as it was signed"
end

--- Explains a 401.
---@param message string the gateway's message; may contain secrets
---@param canonical fun(): string? returns the client's canonical request; called only if the message has the gateway's
---@param secrets string[] texts that the explanation must not contain
---@return string? explanation nil if the message does not show the cause
function unauthorized.explain(message, canonical, secrets)
  local echoed = message:match "canonicalRequest:%s*(.*)$"
  if echoed then
    local ours = canonical()
    return ours and difference(echoed, ours, secrets)
  end
  local lower = text.lower(message)
  for _, cause in ipairs(CAUSES) do
    if lower:find(cause[1]) then
      return cause[2]
    end
  end
end

return unauthorized
