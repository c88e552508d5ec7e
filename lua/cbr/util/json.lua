--- The JSON codec of the module: a private lua-cjson instance that behaves the same with both libraries of that name,
-- mpx's lua-cjson 2.1.0 (Debian) and OpenResty's fork.
--
-- mpx's version cannot write an empty array, reads every number as a float and writes 1e14 as 1e+14. This module
-- changes settings only of its own instance, never of the shared module, which belongs to the whole process.

local core = require "cbr.core"
local text = require "cbr.util.text"

local json = {}

-- lua-cjson 2.1.0 ends the process if it is loaded in a locale whose decimal point takes several bytes (ps_AF.UTF-8).
local cjson = core.in_c_locale(require, "cjson.safe")
local codec = core.in_c_locale(cjson.new)
codec.decode_invalid_numbers(false) -- NaN, Infinity and hex are not JSON (RFC 8259 section 6)
-- A response with more levels is not valid. A report adds levels around parts of a response, and lua-cjson
-- encodes at most 1000 levels.
codec.decode_max_depth(900)
codec.encode_keep_buffer(false) -- a large body must not stay allocated in a long-lived worker
if codec.decode_array_with_array_mt then
  codec.decode_array_with_array_mt(true)
end

--- The version of lua-cjson.
json.VERSION = cjson._VERSION

json.MEDIA_TYPE = "application/json"

--- The headers of a request without a body, and of a request with a JSON body. These tables are
-- shared and must not be changed.
json.HEADERS = { Accept = json.MEDIA_TYPE }
json.HEADERS_WITH_BODY = { Accept = json.MEDIA_TYPE, ["Content-Type"] = json.MEDIA_TYPE }

--- JSON's null. A user can send this value, but results never contain it.
json.null = codec.null

--- This value is encoded as `[]`. An empty Lua table would not show whether an array or an object is meant.
json.empty_array = setmetatable({}, { __tostring = function() return "[]" end })

--- Marks a table as a list, for users who encode results with OpenResty's lua-cjson, which writes an empty
-- list as `[]` only if the list is marked. The lists of responses are marked, too. Debian's lua-cjson
-- writes every empty table as `{}`.
---@generic T: table
---@param list T
---@return T list
function json.list(list)
  return codec.array_mt and setmetatable(list, codec.array_mt) or list
end

local PROBE, PROBE_ITEM = "[0.5]", 1 / 2

-- Calls codec.encode or codec.decode for a value that may contain fractions. lua-cjson keeps the decimal point of the
-- locale in which it was loaded, or in which new() was called last. If the host program has set another locale since
-- then, this function first makes lua-cjson use the present decimal point.
local function call_codec(fn, value)
  local probe = codec.decode(PROBE)
  if probe and probe[1] == PROBE_ITEM then
    return fn(value)
  elseif #codec.encode(PROBE_ITEM) == #"0.5" then
    cjson.new()
    return fn(value)
  end
  return core.in_c_locale(function()
    cjson.new()
    return fn(value)
  end)
end

-- restores the locale's decimal point for the host program, which may use lua-cjson, too
call_codec(codec.decode, PROBE)

local MAX_LEVELS = 1000 -- of nested tables that are encoded; the codec has the same limit
local to_integer = rawget(math, "tointeger") or function() end
local number_type = rawget(math, "type") or function() return "float" end

-- While a value is encoded, a string that begins with this byte stands for a part that the codec would write wrongly.
local MARK = "\1"
local EMPTY = MARK .. "[]"

local function marked_number(n)
  if number_type(n) == "integer" then
    return MARK .. ("%d"):format(n)
  elseif n % 1 == 0 then
    return MARK .. ("%.0f"):format(n)
  end
  return MARK .. text.decimal("%.17g", n)
end

-- Whether the codec's 14 digits would change the number.
local function needs_mark(n)
  if n ~= n or n == math.huge or n == -math.huge then
    return false -- the codec rejects such a number
  end
  return (n % 1 == 0 and (n >= 1e14 or n <= -1e14)) or tonumber(("%.14g"):format(n)) ~= n
end

-- Makes a copy in which a marked string stands for everything that the codec would write wrongly. Returns the copy, and
-- whether it has such a string; or nil, nil and a reason.
local function prepare(value, depth)
  local kind = type(value)
  if kind == "string" and value:sub(1, 1) == MARK then
    return MARK .. value, true
  elseif kind == "number" and needs_mark(value) then
    return marked_number(value), true
  elseif kind ~= "table" then
    return value, false
  elseif depth > MAX_LEVELS then
    return nil, nil, "nested too deep, or a table that contains itself"
  elseif next(value) == nil then
    local meta = getmetatable(value)
    if value == json.empty_array or (meta and (meta == codec.array_mt or meta == codec.empty_array_mt)) then
      return EMPTY, true
    end
    return {}, false
  end
  local copy, any = {}, false
  for name, field in pairs(value) do
    local ready, marks, reason = prepare(field, depth + 1)
    if reason then
      return nil, nil, reason
    end
    local key = name
    if type(name) == "string" and name:sub(1, 1) == MARK then
      key, marks = MARK .. name, true
    end
    copy[key] = ready
    any = any or marks
  end
  return copy, any
end

--- Encodes a Lua value. Numbers keep their exact value, and integers are written without an exponent.
-- `json.empty_array` becomes `[]`.
---@param value any
---@return string? encoded
---@return string? reason why the value has no JSON form
function json.encode(value)
  local copy, any, reason = prepare(value, 1)
  if reason then
    return nil, reason
  end
  if copy == EMPTY then
    return "[]"
  end
  local encoded
  encoded, reason = call_codec(codec.encode, copy)
  if not encoded then
    return nil, reason
  elseif any then
    -- An opening quote follows one of these four characters. A quote within a string follows a backslash, so that no
    -- content can be taken for a mark.
    encoded = encoded:gsub('([%[{,:])"\\u0001([%[%]%d%.e+-]+)"', "%1%2"):gsub('([%[{,:])"\\u0001\\u0001', '%1"\\u0001')
  end
  return encoded
end

-- Values that have no place in a result: null, and the infinity that a number such as 1e999 becomes in Lua, which could
-- not be encoded again.
local UNUSABLE = { [codec.null] = true, [math.huge] = true, [-math.huge] = true }

-- Removes unusable values and turns whole floats into integers, in place.
local function clean(value)
  local largest, holes = 0, false
  for name, field in next, value do
    local kind = type(field)
    if type(name) == "number" and name > largest then
      largest = name
    end
    if kind == "table" then
      clean(field)
    elseif kind ~= "string" and UNUSABLE[field] then
      value[name] = nil
      holes = holes or type(name) == "number"
    elseif kind == "number" then
      value[name] = to_integer(field) or field
    end
  end
  if holes then
    local size = 0
    for i = 1, largest do
      local field = value[i]
      value[i] = nil
      if field ~= nil then
        size = size + 1
        value[size] = field
      end
    end
  end
  return value
end

local MAX_UNCHECKED_BYTES = 1024 * 1024 -- a smaller text can do little harm
local MIN_BYTES_PER_TABLE = 16 -- a response of the service has more text than this for each object and array

-- Whether decoding a text would need far more memory than the text: an empty array is two bytes of text, but a whole
-- table in Lua.
local function is_bomb(encoded)
  local most = math.floor(#encoded / MIN_BYTES_PER_TABLE)
  return select(2, encoded:gsub("[%[{]", "", most + 1)) > most
end

--- Decodes a JSON object or array. A null, or a number too large for Lua, becomes nil. In a list, such a
-- value is removed, and the items after it move up. In Lua 5.3 and later, a whole number that an integer
-- can hold becomes an integer.
---@param encoded string
---@return table? value
---@return string? reason why the text cannot be decoded
function json.decode(encoded)
  if #encoded > MAX_UNCHECKED_BYTES and is_bomb(encoded) then
    return nil, "there are more objects and arrays than a text of this size needs"
  end
  local value, reason
  if encoded:find(".", 1, true) or not core.has_decimal_point() then -- in other locales, 1,2 may be taken for a number
    value, reason = call_codec(codec.decode, encoded)
  else
    value, reason = codec.decode(encoded)
  end
  if type(value) == "table" then
    return clean(value)
  end
  return nil, reason or "neither an object nor an array"
end

return json
