--- Detects misspelt names of methods. Calling such a name raises an error that names the intended method.

local text = require "cbr.util.text"

local misspelt = {}

-- Returns the method that a misspelt name probably means. Only very similar names count, because the
-- program may read a field that is nil.
local function meant(name, methods)
  local nearest = text.nearest(name, methods)
  local is_likely = nearest
    and (math.abs(#nearest - #name) < 2 or (nearest:match "^[a-z]+_" or "") == name:match "^[a-z]+_")
  return is_likely and nearest or nil
end

--- Makes a table of methods return a function for a misspelt name. Only that function raises the error, because reading
-- a field that does not exist is no mistake.
---@param methods table<string, function>
---@param owner string what has the methods, for the message
---@param fields? string[] fields that may be nil: a read of one of them does not start a search for a similar name
function misspelt.watch(methods, owner, fields)
  local known = {} -- name -> function, or false if no method has a similar name
  for _, name in ipairs(fields or {}) do
    known[name] = false
  end
  setmetatable(methods, { __index = function(_, name)
    if known[name] == nil then
      local method = meant(name, methods)
      known[name] = method and function()
        error(("%s has no method '%s' (did you mean '%s'?)"):format(owner, name, method), 2)
      end or false
    end
    return known[name] or nil
  end })
end

return misspelt
