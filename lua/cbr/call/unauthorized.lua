--- Says in plain words why a request was not let in: which key, which clock, which project, or which line of the
-- request the gateway saw otherwise.
--
-- Source: the FAQ of the API signing guide. The gateway echoes its own canonical request with `|` for newlines.

local text = require "cbr.util.text"

local explain = {}

-- What the gateway's message contains -> what is the matter.
local CAUSES = {
  { "ak not exist", "the access key is not known: mistyped, deleted, or of another cloud" },
  { "failed to reach the limit", "the access key is locked for five minutes after five failed signatures in a row" },
  { "signature expired", "this machine's clock is off by more than 15 minutes" },
  { "is not equal token's projectid", "the project id is not one of these credentials" },
  { "decrypt token fail", "the token is not valid" },
  { "token expire", "the token has expired" },
  { "ak expired", "the temporary key has expired" },
  { "security ?token", "the security token does not belong to this key, or has expired" },
}

-- The lines of a canonical request in words.
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
  local found = {}
  for line in (canonical .. separator):gmatch("(.-)%" .. separator) do
    found[#found + 1] = line
  end
  return found
end

-- The first line in which the gateway's canonical request differs from ours.
local function difference(echoed, ours, secrets)
  local theirs, own = lines(echoed, "|"), lines((ours:gsub("|", "%%7C")), "\n")
  for i = 1, math.max(#theirs, #own) do
    local a, b = theirs[i] or "", (own[i] or ""):gsub("%%7C", "|")
    if a ~= b then
      local name = name_of(i, #own, own[i] or a)
      if name == "header x-security-token" then
        return "the gateway saw another header x-security-token" -- either value may be somebody's secret
      end
      a, b = text.line(text.redact(a, secrets), 200), text.line(text.redact(b, secrets), 200)
      return ("the gateway saw another %s: '%s' where '%s' was sent"):format(name, a, b)
    end
  end
  return "the secret key does not belong to the access key: the gateway saw the request as it was signed"
end

--- Explains a 401.
---@param message string the gateway's, not redacted
---@param canonical fun(): string? gives our own canonical request
---@param secrets string[] what no explanation may contain
---@return string? hint
function explain.unauthorized(message, canonical, secrets)
  local echoed = message:match "canonicalRequest:%s*(.*)$"
  if echoed then
    local ours = canonical()
    return ours and difference(echoed, ours, secrets)
  end
  local lower = message:lower()
  for _, cause in ipairs(CAUSES) do
    if lower:find(cause[1]) then
      return cause[2]
    end
  end
end

return explain
