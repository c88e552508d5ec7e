-- luacheck: std ngx_lua+luajit
--- Right answers with one value of a wrong type in them.

local json = require "sandbox.json"

local twist = {}

local function sorted_names(value)
  local names = {}
  for name in pairs(value) do names[#names + 1] = name end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  return names
end

local HERE = "the value that is replaced"

--- A body as text, with `wrong` (JSON as text) in the place of its nth value: a table counts before what it holds,
-- names go by the alphabet. Of a list only the first and the last item count: the others are like them.
-- → the text, where in it the value stood (nil: it has no nth value)
function twist.nth(body, n, wrong)
  local where
  local function walk(value, path)
    local names = sorted_names(value)
    for i, name in ipairs(names) do
      if type(name) ~= "number" or i == 1 or i == #names then
        n = n - 1
        local inside = path .. "." .. name
        if n == 0 then
          value[name], where = HERE, inside
        elseif type(value[name]) == "table" then
          walk(value[name], inside)
        end
        if where then return end
      end
    end
  end
  body = json.decode(json.encode(body)) -- the world's own tables stay whole
  walk(body, "")
  local text = json.encode(body):gsub('"' .. HERE .. '"', function() return wrong end)
  return text, where
end

return twist
