--- Writes the JSON of the command: indented, with sorted keys, and with empty lists as `[]`. Debian's lua-cjson writes
-- an empty list as `{}`, so this module marks lists.

local cjson = require "cjson.safe"
local text = require "cbr_cli.text"

local json = { null = cjson.null }

local LIST = {}

-- Fields of reports and errors that are written as lists if they are empty.
local LISTS = {
  backups = true, left_out = true, parts = true, findings = true, unchecked = true, rows = true, room = true,
  unread = true, checks = true, problems = true, seen = true,
}

--- Marks a table as a list. A marked table is written as `[]` if it is empty.
---@param list table
---@return table list
function json.list(list)
  return setmetatable(list, LIST)
end

--- Marks the lists in a result. The description of the result says which fields are lists.
---@param value any
---@param fields? cbr.ResultField[]
---@return any value
function json.mark(value, fields)
  for _, field in ipairs(type(value) == "table" and fields or {}) do
    local member = value[field.name]
    if type(member) == "table" and field.type == "list" then
      json.list(member)
      for _, item in ipairs(member) do
        json.mark(item, field.fields)
      end
    else
      json.mark(member, field.fields)
    end
  end
  return value
end

-- JSON has no infinity and no NaN.
local function number(n)
  if n ~= n or n == math.huge or n == -math.huge then
    return "null"
  elseif n % 1 == 0 and n < 2 ^ 53 and n > -2 ^ 53 then
    return ("%.0f"):format(n)
  end
  local short = ("%.14g"):format(n)
  return tonumber(short) == n and short or ("%.17g"):format(n)
end

local function string(value)
  return cjson.encode(text.valid(value))
end

local write

local function write_members(value, is_list, indent)
  local inner, parts = indent .. "  ", {}
  if is_list then
    for i, member in ipairs(value) do
      parts[i] = inner .. write(member, inner)
    end
  else
    local keys = {}
    for key in pairs(value) do
      keys[#keys + 1] = key
    end
    table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
    for i, key in ipairs(keys) do
      parts[i] = ("%s%s: %s"):format(inner, string(tostring(key)), write(value[key], inner, key))
    end
  end
  local open, close = is_list and "[" or "{", is_list and "]" or "}"
  return open .. "\n" .. table.concat(parts, ",\n") .. "\n" .. indent .. close
end

function write(value, indent, name)
  local kind = type(value)
  if kind == "table" then
    local is_list = value[1] ~= nil or getmetatable(value) == LIST
    if next(value) == nil then
      return (is_list or LISTS[name]) and "[]" or "{}"
    end
    return write_members(value, is_list, indent)
  elseif kind == "string" then
    return string(value)
  elseif kind == "number" then
    return number(value)
  end
  return (kind == "boolean" and tostring(value)) or "null"
end

--- Writes a value as JSON.
---@param value any
---@return string
function json.encode(value)
  return write(value, "")
end

--- Reads JSON.
---@param encoded string
---@return any? value
---@return string? reason
function json.decode(encoded)
  return cjson.decode(encoded)
end

return json
