--- Credentials as given: an access key with its secret key, or a token.

local characters = require "cbr.util.characters"

local static = {}

local FIELDS = { "access_key", "secret_key", "security_token", "token" }

-- Lengths of the keys that Huawei Cloud and Open Telekom Cloud create.
local ACCESS_KEY_LENGTH, SECRET_KEY_LENGTH = 20, 40

-- Returns what is wrong with the value of a field; nil if nothing is wrong.
local function problem_of(name, value)
  if value == nil then
    return nil
  elseif type(value) ~= "string" then
    return ("%s must be a string, not a %s"):format(name, type(value))
  elseif value == "" then
    return ("%s is empty"):format(name)
  end
  local flaw = characters.flaw(value) -- usually, the flaw is the newline at the end of a file
  return flaw and ("%s contains %s"):format(name, flaw)
end

--- Returns what is wrong with the values of credentials that a service has issued.
---@param issued table
---@return string? problem names the field and the position, and contains no secret; nil if nothing is wrong
function static.problem(issued)
  for _, name in ipairs(FIELDS) do
    local problem = problem_of(name, issued[name])
    if problem then
      return problem
    end
  end
end

--- Checks credentials.
---@param given table {access_key, secret_key, security_token?} or {token}
---@return table? credentials a copy with the known fields
---@return string? reason names the field; contains no secret
function static.valid(given)
  local copy = {}
  for _, name in ipairs(FIELDS) do
    copy[name] = given[name]
    local problem = problem_of(name, copy[name])
    if problem then
      return nil, problem
    end
  end
  if copy.token then
    if copy.access_key or copy.secret_key then
      return nil, "a token and an access key are both given: give one of them"
    end
  elseif not copy.access_key then
    return nil, "access_key is missing"
  elseif not copy.secret_key then
    return nil, "secret_key is missing"
  elseif #copy.access_key == SECRET_KEY_LENGTH and #copy.secret_key == ACCESS_KEY_LENGTH then
    return nil, "access_key and secret_key are swapped: an access key has 20 characters, a secret key has 40"
  end
  return copy
end

--- Makes a source that always returns the same credentials.
---@param given table
---@return function? source
---@return string? reason
function static.source(given)
  local kept, reason = static.valid(given)
  if not kept then
    return nil, reason
  end
  return function() return kept end
end

return static
