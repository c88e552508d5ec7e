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

--- Changes ASCII letters to lower case. string.lower depends on the locale: Turkish has another lower case for "I".
---@param value string
---@return string
function text.lower(value)
  return (value:gsub("[A-Z]", function(letter) return string.char(letter:byte() + 32) end))
end

--- Changes ASCII letters to upper case.
---@param value string
---@return string
function text.upper(value)
  return (value:gsub("[a-z]", function(letter) return string.char(letter:byte() - 32) end))
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
  local lower = text.lower(name)
  local best, least = nil, math.max(2, math.floor(#name / 3)) + 1
  for candidate in pairs(known) do
    local d = distance(lower, candidate)
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

-- Ranges of code points that are invisible, or change how the text around them looks: controls, formats, line
-- separators, directions of writing, fillers, variation selectors and tags. First and last of each range, ascending.
local INVISIBLE = {
  0x80, 0x9F, 0xAD, 0xAD, 0x34F, 0x34F, 0x600, 0x605, 0x61C, 0x61C, 0x6DD, 0x6DD, 0x70F, 0x70F, 0x8E2, 0x8E2,
  0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180F, 0x200B, 0x200F, 0x2028, 0x202E, 0x2060, 0x206F, 0x2800, 0x2800,
  0x3164, 0x3164, 0xFE00, 0xFE0F, 0xFEFF, 0xFEFF, 0xFFA0, 0xFFA0, 0xFFF0, 0xFFFB, 0x1BCA0, 0x1BCA3,
  0x1D173, 0x1D17A, 0xE0000, 0xE0FFF,
}

local function is_invisible(code)
  for i = 1, #INVISIBLE, 2 do
    if code <= INVISIBLE[i + 1] then
      return code >= INVISIBLE[i]
    end
  end
  return false
end

-- Reads the UTF-8 character at byte `i`, which is not ASCII. Returns its code point (nil: not valid) and its size.
local function character(value, i)
  local first = value:byte(i)
  local size = first >= 0xF0 and 4 or first >= 0xE0 and 3 or 2
  if first < 0xC2 or first > 0xF4 then
    return nil, 1
  end
  local code = first % 2 ^ (7 - size)
  for k = i + 1, i + size - 1 do
    local byte = value:byte(k)
    if not byte or byte < 0x80 or byte > 0xBF then
      return nil, 1
    end
    code = code * 64 + byte % 64
  end
  local is_shortest = code >= (size == 4 and 0x10000 or size == 3 and 0x800 or 0x80)
  if not is_shortest or code > 0x10FFFF or code >= 0xD800 and code <= 0xDFFF then
    return nil, 1
  end
  return code, size
end

-- Writes invisible characters and bytes that are not UTF-8 as Lua does: \u{202E}, \x9B.
local function escape_invisible(value)
  local parts, from = {}, 1
  local i = value:find "[\128-\255]"
  while i do
    local code, size = character(value, i)
    if not code or is_invisible(code) then
      parts[#parts + 1] = value:sub(from, i - 1)
      parts[#parts + 1] = code and ("\\u{%04X}"):format(code) or ("\\x%02X"):format(value:byte(i))
      from = i + size
    end
    i = value:find("[\128-\255]", i + size)
  end
  parts[#parts + 1] = value:sub(from)
  return table.concat(parts)
end

--- Finds the first character that a key, a token or a name cannot contain: a quote, or anything but visible ASCII.
---@param value string
---@return string? flaw the character and its position, for a message after the word "contains"; nil if there is none
function text.flaw(value)
  local i = value:find "[^!#-&(-_a-~]"
  if not i then
    return nil
  end
  local byte = value:byte(i)
  local what
  if byte <= 32 or byte == 127 then
    what = "a space or a control character"
  elseif byte < 128 then
    what = "a quote"
  else
    local code = character(value, i)
    what = code and ("the %scharacter U+%04X"):format(is_invisible(code) and "invisible " or "", code)
      or ("the byte 0x%02X"):format(byte)
  end
  return ("%s at position %d"):format(what, i)
end

--- One line of printable text. Text from outside must neither break a log line nor change how a terminal shows it.
---@param value string
---@param limit? integer bytes, default 1000
---@return string
function text.line(value, limit)
  limit = limit or 1000
  value = value:gsub("[%z\1-\32\127]+", " "):gsub("^ ", ""):gsub(" $", "")
  if value:find "[\128-\255]" then
    value = escape_invisible(value:sub(1, limit + 1)) -- a character that this cuts is not shown
  end
  if #value > limit then
    value = value:sub(1, limit - 3):gsub("[\194-\244][\128-\191]*$", "") .. "..." -- no cut character at the end
  end
  return value
end

local SHORTEST_SECRET = 6 -- bytes; replacing a shorter one would remove common words

local SHOWN = 4 -- first bytes of an access key that a text may contain, to tell keys apart

-- `value` with every `secret` in it replaced by `mask`.
local function replace(value, secret, mask)
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
  return table.concat(parts, mask)
end

---@class cbr.Secrets a list of texts that no message may contain
---@field access_key? string a message may contain only its first characters, because it may be a secret key by mistake

--- `value` with every one of `secrets` replaced by `***`, and the access key cut to its first characters.
---@param value string
---@param secrets cbr.Secrets
---@return string
function text.redact(value, secrets)
  for _, secret in ipairs(secrets) do
    value = replace(value, secret, "***")
  end
  local key = secrets.access_key
  return key and replace(value, key, key:sub(1, SHOWN) .. "***") or value
end

--- Prepares every string of a table for display: one line, without secrets, and without the user and password of a URL.
---@param fields table changed in place; `kind` is left as it is
---@param limits table<string, integer> bytes of a field, where text.line's default does not fit
---@param secrets? cbr.Secrets
function text.clean(fields, limits, secrets)
  for name, value in pairs(fields) do
    if type(value) == "string" and name ~= "kind" then
      value = secrets and text.redact(value, secrets) or value
      fields[name] = text.line((value:gsub("//[^/%s]*@", "//***@")), limits[name])
    end
  end
end

return text
