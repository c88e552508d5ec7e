-- luacheck: std ngx_lua+luajit
--- JSON. The encoder is the sandbox's own, because cjson writes an empty list as an empty object. The encoder sorts the
-- keys, so that equal tables give equal bytes.

local cjson = require "cjson.safe"

local json = { null = cjson.null, decode = cjson.decode }

local LIST = {}

--- Marks a table as a list, even if it is empty.
function json.list(items)
  return setmetatable(items or {}, LIST)
end

--- Returns the value, or null for nil, so that a key is sent even without a value.
function json.or_null(value)
  if value == nil then
    return cjson.null
  end
  return value
end

local write

local function write_list(value)
  local parts = {}
  for i = 1, #value do parts[i] = write(value[i]) end
  return "[" .. table.concat(parts, ",") .. "]"
end

local function write_object(value)
  local keys, parts = {}, {}
  for key in pairs(value) do keys[#keys + 1] = tostring(key) end
  table.sort(keys)
  for i, key in ipairs(keys) do
    local member = value[key]
    if member == nil then
      member = value[tonumber(key)]
    end
    parts[i] = cjson.encode(key) .. ":" .. write(member)
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

function write(value)
  local kind = type(value)
  if kind == "table" then
    if getmetatable(value) == LIST or #value > 0 then
      return write_list(value)
    end
    return write_object(value)
  elseif kind == "string" then
    return (cjson.encode(value):gsub("\\/", "/"))
  elseif kind == "number" and value % 1 == 0 then
    return ("%d"):format(value)
  end
  return assert(cjson.encode(value))
end

json.encode = write

return json
