--- Helpers for texts that several modules need.
--
-- No helper depends on the locale, which the host program may set at any time. A locale changes string.lower and
-- string.upper, the classes %a %c %g %l %p %u %w of patterns (for bytes from 128 on), the order of strings, tonumber of
-- a text with a fraction, and how a fraction is written.

local shown = require "cbr.util.shown"

local text = {}

--- The name and the version of the running Lua.
text.INTERPRETER = rawget(_G, "jit") and _G.jit.version or _VERSION

local LOWER, UPPER = {}, {}
for code = ("A"):byte(), ("Z"):byte() do
  local upper, lower = string.char(code), string.char(code + 32)
  LOWER[upper], UPPER[lower] = lower, upper
end

--- Returns a text with the letters A to Z in lower case.
---@param value string
---@return string
function text.lower(value)
  return (value:gsub("[A-Z]", LOWER))
end

--- Returns a text with the letters a to z in upper case.
---@param value string
---@return string
function text.upper(value)
  return (value:gsub("[a-z]", UPPER))
end

--- Whether two texts name the same thing: equal ids, or equal regions, in upper or lower case. Parameters are in lower
-- case after their check (see cbr.util.text_forms), but responses need not be. False if one is missing, or is no text:
-- for a field that may be missing, see cbr.objects.fields.agrees.
---@param one any
---@param other any
---@return boolean
function text.is_same(one, other)
  return type(one) == "string" and type(other) == "string"
    and (one == other or text.lower(one) == text.lower(other))
end

--- Returns a text without white space at its ends.
--
-- A pattern such as "%s*$" must not be used here: for a long row of spaces inside a text, its time grows with the
-- square of the number of spaces. So a response of the service could stop the process for hours.
---@param value string
---@return string
function text.trim(value)
  return value:match "^[ \t\r\n\v\f]*(.*)$":match "^(.*[^ \t\r\n\v\f])" or ""
end

--- Whether one text comes before another in the order of their bytes.
---@param a string
---@param b string
---@return boolean
function text.is_before(a, b)
  for i = 1, math.min(#a, #b) do
    local one, other = a:byte(i), b:byte(i)
    if one ~= other then
      return one < other
    end
  end
  return #a < #b
end

--- Formats a number with string.format, and with a decimal point in every locale.
---@param format string such as "%.1f"
---@param value number
---@return string
function text.decimal(format, value)
  return (format:format(value):gsub("(%d)[^%dEe+-]+(%d)", "%1.%2"))
end

local MAX_DECIMALS = 20 -- the most decimals of a number; more than a number can hold

--- Converts a number, or the text of a number as in JSON ("12.5", "-1e3"), to a number.
---@param value any
---@return number? nil for any other value
function text.number(value)
  if type(value) ~= "string" then
    return type(value) == "number" and value or nil
  end
  local sign, whole, fraction, rest = text.trim(value):match "^([+-]?)(%d*)%.?(%d*)(.*)$"
  local exponent = rest == "" and "0" or rest:match "^[eE]([+-]?%d+)$"
  fraction = fraction:sub(1, MAX_DECIMALS)
  local digits = tonumber(whole .. fraction)
  if not digits or not exponent then
    return nil
  end
  local scale = tonumber(exponent) - #fraction
  digits = sign == "-" and -digits or digits
  if scale == 0 or digits == 0 then
    return digits
  end
  return scale > 0 and digits * 10 ^ scale or digits / 10 ^ -scale
end

local MAX_EXACT_INTEGER = 2 ^ 53

--- Every whole number up to this one is exact in every Lua.
text.MAX_EXACT_INTEGER = MAX_EXACT_INTEGER

--- Returns the text of a query or path value as the service reads it: whole numbers without an exponent or a
-- fraction, booleans as words.
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
      -- In this range, "%d" takes whole floats in every Lua, and is faster than "%.0f".
      return (value < MAX_EXACT_INTEGER and value > -MAX_EXACT_INTEGER and "%d" or "%.0f"):format(value)
    end
    return text.decimal("%.14g", value)
  end
end

-- Returns a list with every value as text; or nil and the first value that has no text form.
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

--- Returns a query with every value as text.
---@param query table<string, string|number|boolean|(string|number|boolean)[]>
---@return table<string, string|string[]>? query
---@return string? reason why the query cannot be sent; follows the word "query"
function text.query(query)
  local out = {}
  for name, value in pairs(query) do
    if type(name) ~= "string" then
      return nil, ("has a name that is a %s, not a string"):format(type(name))
    end
    local bad, kind = value, type(value)
    if kind == "table" then
      out[name], bad = texts(value)
    else
      out[name] = kind == "string" and value or text.of(value)
    end
    if not out[name] then
      return nil, ("parameter '%s' has a %s value"):format(name, type(bad))
    end
  end
  return out
end

-- Returns the edit distance (Levenshtein) of two short words.
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

local MAX_NAME_BYTES = 64 -- a longer name is not a typing error of a known name

--- Returns the known name that is most similar to a misspelt one.
---@param name any
---@param known table<string, any> whose keys are the known names
---@return string? nearest nil if no known name is similar enough
function text.nearest(name, known)
  if type(name) ~= "string" or #name > MAX_NAME_BYTES then
    return nil
  end
  local best, least = nil, math.max(2, math.floor(#name / 3)) + 1
  local lower = text.lower(name)
  for candidate in pairs(known) do
    local d = math.abs(#lower - #candidate) -- the distance cannot be less than the difference of the lengths
    d = d <= least and distance(lower, candidate) or d
    if d < least or (d == least and best and text.is_before(candidate, best)) then
      best, least = candidate, d
    end
  end
  return best
end

--- Returns a suggestion for a misspelt name: " (did you mean 'y'?)".
---@param name any
---@param known table<string, any>
---@return string suggestion empty if no known name is similar enough
function text.meant(name, known)
  local nearest = text.nearest(name, known)
  return nearest and (" (did you mean '%s'?)"):format(nearest) or ""
end

--- See cbr.util.shown.
text.line = shown.line

return text
