-- luacheck: std ngx_lua+luajit
--- Checks a body or a query against rules: mandatory and unknown keys, types, lengths, values.

local ids = require "sandbox.ids"
local json = require "sandbox.json"

local parameters = {}

local CHECKS = {
  uuid = ids.is_uuid,
  project = ids.is_hex32,
  region = function(value)
    return type(value) == "string" and #value <= 255 and value:find "^[%w._%-]+$" ~= nil
  end,
  boolean = function(value) return type(value) == "boolean" end,
  text = function(value) return type(value) == "string" and #value <= 255 end,
}

--- The object under `wrapper` in a JSON body, checked by `rules` (key → {check name, mandatory}).
-- → the object, or nil and what is wrong
function parameters.body(text, wrapper, rules)
  local decoded, problem = json.decode(text)
  if decoded == nil then return nil, "the body is not JSON (" .. tostring(problem) .. ")" end
  if type(decoded) ~= "table" or type(decoded[wrapper]) ~= "table" then
    return nil, "'" .. wrapper .. "' is a required property"
  end
  for key in pairs(decoded) do
    if key ~= wrapper then return nil, "invalid key " .. tostring(key) end
  end
  local object = decoded[wrapper]
  for key, rule in pairs(rules) do
    if rule.mandatory and object[key] == nil then return nil, "'" .. key .. "' is a required property" end
  end
  for key, value in pairs(object) do
    local rule = rules[key]
    if not rule then return nil, "invalid key " .. tostring(key) end
    if not CHECKS[rule[1]](value) then return nil, "invalid value for " .. key .. ", a " .. rule[1] .. " is needed" end
  end
  return object
end

-- Text as an integer from `low` to `high`; nil if it is not one.
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
    if text == "true" then return true, true end
    if text == "false" then return false, true end
  end,
  text = function(text) return text end,
}

--- Checks a query by `rules`: name → a check of QUERY, "list", or a set of allowed values.
-- → name → value (of a "list" all values), or nil and what is wrong
function parameters.query(arguments, rules)
  local checked = {}
  for name, values in pairs(arguments) do
    local rule = rules[name]
    if not rule then return nil, "invalid key " .. name end
    if rule == "list" then
      checked[name] = values
    elseif type(rule) == "table" then
      if not rule[values[1]] then return nil, ("invalid value for %s: %s"):format(name, values[1]) end
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

local function position_of(items, id)
  for i, item in ipairs(items) do
    if item.id == id then return i end
  end
end

--- A page of `items`: the slice after `marker` (the id of the last item of the page before) and `offset`.
-- → page, limit, offset; or nil and what is wrong
function parameters.page(items, query)
  local limit, offset = query.limit or 1000, query.offset or 0
  local skipped = query.marker and position_of(items, query.marker) or 0
  if query.marker and skipped == 0 then return nil, "invalid value for marker: " .. query.marker end
  local page = json.list()
  for i = skipped + offset + 1, math.min(skipped + offset + limit, #items) do page[#page + 1] = items[i] end
  return page, limit, offset
end

return parameters
