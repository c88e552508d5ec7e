-- luacheck: std ngx_lua+luajit
--- JSON out and in. Its own writer, because the plain cjson writes an empty list as an empty object, and the
-- service's lists must stay lists; keys come sorted, so that the same answer is always the same bytes.

local cjson = require "cjson.safe"

local json = { null = cjson.null, decode = cjson.decode }

local LIST = {}

--- Marks a table as a list, also when it is empty.
function json.list(items)
  return setmetatable(items or {}, LIST)
end

--- nil becomes the service's null: a key it always sends, whether or not it has a value.
function json.or_null(value)
  if value == nil then return cjson.null end
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
    local held = value[key]
    if held == nil then held = value[tonumber(key)] end
    parts[i] = cjson.encode(key) .. ":" .. write(held)
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

function write(value)
  local kind = type(value)
  if kind == "table" then
    if getmetatable(value) == LIST or #value > 0 then return write_list(value) end
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
