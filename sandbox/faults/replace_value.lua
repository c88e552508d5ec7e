-- luacheck: std ngx_lua+luajit
--- Replaces one value of a response body, for responses that are right except for one field.

local json = require "sandbox.json"

local function sorted_names(value)
  local names = {}
  for name in pairs(value) do names[#names + 1] = name end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  return names
end

local PLACEHOLDER = "the value that is replaced"

--- Encodes a body with its nth value replaced by `json_text`.
-- Values are counted depth first and by name; a table counts before its members. In a list only the first and the
-- last item count, since the other items are like these two.
-- → the text, and the path of the value that was replaced (nil if there is no nth value)
return function(body, n, json_text)
  local replaced
  local function walk(value, path)
    local names = sorted_names(value)
    for i, name in ipairs(names) do
      if type(name) ~= "number" or i == 1 or i == #names then
        n = n - 1
        local inside = path .. "." .. name
        if n == 0 then
          value[name], replaced = PLACEHOLDER, inside
        elseif type(value[name]) == "table" then
          walk(value[name], inside)
        end
        if replaced then
          return
        end
      end
    end
  end
  body = json.decode(json.encode(body)) -- a copy, because the body may share tables with the state
  walk(body, "")
  local text = json.encode(body):gsub('"' .. PLACEHOLDER .. '"', function() return json_text end)
  return text, replaced
end
