--- JSON by lua-cjson, with two differences: a member with the value null is read as absent, and an empty list can be
-- written.

local cjson = require "cjson.safe"

local json = {}

--- Encodes a value. An empty table becomes `{}`.
---@param value any
---@return string? text
---@return string? reason
function json.encode(value)
  local text, reason = cjson.encode(value)
  return text and (text:gsub("\\(.)", { ["/"] = "/" })), reason -- some versions of lua-cjson escape the slash
end

--- Decodes a JSON object or array. Members of the outermost object that are null are left out.
---@param text string
---@return table? value
---@return string? reason
function json.decode(text)
  local value, reason = cjson.decode(text)
  if type(value) ~= "table" then
    return nil, reason or "neither an object nor an array"
  end
  for name, member in pairs(value) do
    if member == cjson.null then
      value[name] = nil
    end
  end
  return value
end

--- Encodes an object that has lists. lua-cjson would write an empty list as `{}`.
---@param members table all members that are not lists; at least one
---@param lists table<string, table>
---@return string text
function json.object(members, lists)
  local texts = { (assert(json.encode(members)):gsub("}$", "")) }
  for name, list in pairs(lists) do
    texts[#texts + 1] = ('"%s":%s'):format(name, #list > 0 and assert(json.encode(list)) or "[]")
  end
  return table.concat(texts, ",") .. "}"
end

return json
