-- luacheck: std ngx_lua+luajit
--- Checks the query of a request, and cuts a page out of a list. sandbox/cbr/rules.lua checks the bodies of requests.

local json = require "sandbox.json"
local position_of = require "sandbox.position"

local parameters = {}

-- The integer that a text means; nil if the text is not an integer from `low` to `high`.
local function integer(text, low, high)
  local number = text:find "^%d+$" and tonumber(text)
  return number and number >= low and number <= high and number or nil
end

local QUERY = {
  limit = function(text) return integer(text, 1, 1000) end,
  offset = function(text) return integer(text, 0, 2 ^ 31) end,
  percent = function(text) return integer(text, 1, 100) end,
  moment = function(text) return text:find "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$" and text end,
  page = function(text) return integer(text, 1, 2 ^ 31) end,
  per_page = function(text) return integer(text, 1, 5000) end,
  boolean = function(text)
    if text == "true" then
      return true, true
    end
    if text == "false" then
      return false, true
    end
  end,
  text = function(text) return text end,
}

--- Checks a query. `rules` has for each parameter the name of a check in QUERY, or "list", or a set of allowed values.
-- → the checked values by parameter (for "list", a list of all its values); or nil and what is wrong
function parameters.query(arguments, rules)
  local checked = {}
  for name, values in pairs(arguments) do
    local rule = rules[name]
    if not rule then
      return nil, "invalid key " .. name
    end
    if rule == "list" then
      checked[name] = values
    elseif type(rule) == "table" then
      if not rule[values[1]] then
        return nil, ("invalid value for %s: %s"):format(name, values[1])
      end
      checked[name] = values[1]
    else
      local value, known = QUERY[rule](values[1])
      if value == nil or (value == false and not known) then
        return nil, ("invalid value for %s: %s"):format(name, values[1])
      end
      checked[name] = value
    end
  end
  return checked
end

--- A page of `items`: the slice after `marker` (the id of the last item of the page before) and `offset`.
-- → page, limit, offset; or nil and what is wrong
function parameters.page(items, query)
  local limit, offset = query.limit or 1000, query.offset or 0
  local skipped = query.marker and position_of(items, "id", query.marker) or 0
  if query.marker and skipped == 0 then
    return nil, "invalid value for marker: " .. query.marker
  end
  local page = json.list()
  for i = skipped + offset + 1, math.min(skipped + offset + limit, #items) do page[#page + 1] = items[i] end
  return page, limit, offset
end

return parameters
