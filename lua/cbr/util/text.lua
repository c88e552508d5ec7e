--- Text helpers that several modules need.

local text = {}

--- The text of a query or path value, as the service reads it: whole numbers without exponent or fraction, booleans as
-- words.
---@param value string|number|boolean
---@return string? text nil for any other type, and for NaN and infinity
function text.of(value)
  local kind = type(value)
  if kind == "string" then
    return value
  elseif kind == "boolean" then
    return tostring(value)
  elseif kind == "number" and value - value == 0 then
    if value % 1 == 0 then
      return ("%.0f"):format(value)
    end
    return (("%.14g"):format(value):gsub(",", ".")) -- some locales write a comma
  end
end

-- A list with every value as text; or nil and the first value that has no text form.
local function texts(list)
  local out, count = {}, 0
  for _ in pairs(list) do
    count = count + 1
  end
  for i = 1, count do
    out[i] = text.of(list[i])
    if not out[i] then
      return nil, list[i]
    end
  end
  return out
end

--- A query with every value as text.
---@param query table<string, string|number|boolean|(string|number|boolean)[]>
---@return table<string, string|string[]>? query
---@return string? reason why the query cannot be sent; follows the word "query"
function text.query(query)
  local out = {}
  for name, value in pairs(query) do
    if type(name) ~= "string" then
      return nil, ("has a name of type %s, which must be a string"):format(type(name))
    end
    local bad = value
    if type(value) == "table" then
      out[name], bad = texts(value)
    else
      out[name] = text.of(value)
    end
    if not out[name] then
      return nil, ("parameter '%s' has a %s value"):format(name, type(bad))
    end
  end
  return out
end

-- The edit distance (Levenshtein) of two short words.
local function distance(a, b)
  local row = {}
  for j = 0, #b do
    row[j] = j
  end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      local least = math.min(row[j] + 1, row[j - 1] + 1, diagonal + cost)
      diagonal, row[j] = row[j], least
    end
  end
  return row[#b]
end

local LONGEST_NAME = 64 -- bytes; a longer name is not a typing error of a known one

--- The known name that is most similar to a misspelt one.
---@param name any
---@param known table<string, any> whose keys are the known names
---@return string? nearest nil if no known name is similar enough
function text.nearest(name, known)
  if type(name) ~= "string" or #name > LONGEST_NAME then
    return nil
  end
  local best, least = nil, math.max(2, math.floor(#name / 3)) + 1
  for candidate in pairs(known) do
    local d = distance(name:lower(), candidate)
    if d < least or (d == least and best and candidate < best) then
      best, least = candidate, d
    end
  end
  return best
end

--- A suggestion for a misspelt name: " (did you mean 'y'?)".
---@param name any
---@param known table<string, any>
---@return string suggestion empty if no known name is similar enough
function text.meant(name, known)
  local nearest = text.nearest(name, known)
  return nearest and (" (did you mean '%s'?)"):format(nearest) or ""
end

--- One line of printable text. Text from outside must not break a log line.
---@param value string
---@param limit? integer bytes, default 1000
---@return string
function text.line(value, limit)
  limit = limit or 1000
  value = value:gsub("[%c%s]+", " "):gsub("^ ", ""):gsub(" $", "")
  if #value > limit then
    value = value:sub(1, limit - 3):gsub("[\194-\244][\128-\191]*$", "") .. "..." -- no cut character at the end
  end
  return value
end

local SHORTEST_SECRET = 6 -- bytes; replacing a shorter one would remove common words

--- `value` with every one of `secrets` replaced by `***`.
---@param value string
---@param secrets string[]
---@return string
function text.redact(value, secrets)
  for _, secret in ipairs(secrets) do
    local parts, from = {}, 1
    while #secret >= SHORTEST_SECRET do
      local first, last = value:find(secret, from, true)
      if not first then
        break
      end
      parts[#parts + 1] = value:sub(from, first - 1)
      from = last + 1
    end
    parts[#parts + 1] = value:sub(from)
    value = table.concat(parts, "***")
  end
  return value
end

local OWN_WORDS = { kind = true, reason = true } -- fields that hold words of this module, never text from outside

--- Prepares every string of a table for display: one line, without secrets, and without the user and password of a URL.
---@param fields table changed in place; `kind` and `reason` are left as they are
---@param limits table<string, integer> limits in bytes that differ from text.line's default
---@param secrets? string[]
function text.clean(fields, limits, secrets)
  for name, value in pairs(fields) do
    if type(value) == "string" and not OWN_WORDS[name] then
      value = secrets and text.redact(value, secrets) or value
      fields[name] = text.line((value:gsub("//[^/%s]*@", "//***@")), limits[name])
    end
  end
end

return text
