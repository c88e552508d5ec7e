-- luacheck: std ngx_lua+luajit
--- The rules of request bodies, written as the API pages' tables are: one line for each field, nested by indentation.
--
--   policy!                         an object that must be there
--     name! name                    a value
--     enabled boolean
--     resources [1..256]            a list of 1 to 256 objects, whose fields follow; [] for any number
--       id! id
--     vault_ids! [1..60 id]         a list of values
--
-- Kinds of values: boolean; integer and number, both with optional bounds (integer 1..100); text, with optional bounds
-- of its length in characters; name; description; id; uuid, where the API page names a UUID; project; region; or a list
-- of the allowed words (backup|replication).

local ids = require "sandbox.ids"
local json = require "sandbox.json"

local rules = {}

-- The number of characters of a UTF-8 text.
local function length(text)
  return select(2, text:gsub("[^\128-\191]", ""))
end

local function is_within(value, rule)
  return value >= rule.low and value <= rule.high
end

local function is_text(value, rule)
  return type(value) == "string" and is_within(length(value), rule)
end

local function is_number(value, rule)
  return type(value) == "number" and is_within(value, rule)
end

local CHECKS = {
  boolean = function(value) return type(value) == "boolean" end,
  number = is_number,
  integer = function(value, rule) return is_number(value, rule) and value % 1 == 0 end,
  text = is_text,
  id = function(value) return is_text(value, { low = 1, high = 64 }) and not value:find "[^%w_%-]" end,
  uuid = ids.is_uuid,
  project = ids.is_hex32,
  region = function(value) return type(value) == "string" and #value <= 255 and value:find "^[%w._%-]+$" ~= nil end,
  -- Chinese characters, letters, digits, _ and -
  name = function(value) return is_text(value, { low = 1, high = 64 }) and not value:find "[^%w_%-\128-\255]" end,
  description = function(value) return is_text(value, { low = 0, high = 255 }) and not value:find "[<>]" end,
}

-- Reads the rule for a value. → {check, kind, low, high}, or {words, kind}
local function value_rule(text)
  if text:find("|", 1, true) then
    local words = {}
    for word in text:gmatch "[^|]+" do words[word] = true end
    return { words = words, kind = text }
  end
  local kind, low, high = text:match "^(%a+) ?(%-?%d*)%.?%.?(%d*)$"
  assert(CHECKS[kind], "no such kind of value: " .. text)
  return { check = CHECKS[kind], kind = kind, low = tonumber(low) or -math.huge, high = tonumber(high) or math.huge }
end

-- Reads the words that follow the name of a field in a rule. → the rule of the field
local function field_rule(text)
  if text == "" then
    return { fields = {} }
  end
  local bounds, value = text:match "^%[([%d.]*) ?(.*)%]$"
  if not bounds then
    return value_rule(text)
  end
  local low, high = bounds:match "^(%d+)%.%.(%d+)$"
  return {
    items = value == "" and { fields = {} } or value_rule(value),
    low = tonumber(low) or 0, high = tonumber(high) or math.huge,
  }
end

--- Reads the rules of a body. → the rules in the form that rules.check takes
function rules.read(text)
  local root = { fields = {} }
  local parents, margin = {}, nil -- parents: the object at each depth; margin: the first line's indentation
  for line in text:gmatch "[^\n]+" do
    local indent, name, mandatory, rest = line:match "^( *)([%w_]+)(!?) ?(.-)%s*$"
    if name then
      margin = margin or #indent
      local depth, rule = #indent - margin, field_rule(rest)
      rule.mandatory = mandatory == "!"
      local parent = depth == 0 and root or parents[depth - 2]
      parent.fields[name] = rule
      parents[depth] = rule.items or rule
    end
  end
  return root
end

local check

local function check_object(value, rule, path)
  if type(value) ~= "table" or #value > 0 then
    return ("invalid value for %s, an object is needed"):format(path == "" and "the body" or path)
  end
  local prefix = path == "" and "" or path .. "."
  for name, field in pairs(rule.fields) do
    if field.mandatory and (value[name] == nil or value[name] == json.null) then
      return ("'%s' is a required property"):format(prefix .. name)
    end
  end
  for name, member in pairs(value) do
    if not rule.fields[name] then
      return "invalid key " .. prefix .. tostring(name)
    end
    local problem = check(member, rule.fields[name], prefix .. name)
    if problem then
      return problem
    end
  end
end

local function check_list(value, rule, path)
  if type(value) ~= "table" or (next(value) ~= nil and #value == 0) then
    return ("invalid value for %s, a list is needed"):format(path)
  end
  if not is_within(#value, rule) then
    return ("invalid value for %s, %d to %d items are needed"):format(path, rule.low, rule.high)
  end
  for i, item in ipairs(value) do
    local problem = check(item, rule.items, ("%s[%d]"):format(path, i - 1))
    if problem then
      return problem
    end
  end
end

function check(value, rule, path)
  if rule.fields then
    return check_object(value, rule, path)
  elseif rule.items then
    return check_list(value, rule, path)
  end
  local good
  if rule.words then
    good = type(value) == "string" and rule.words[value]
  else
    good = rule.check(value, rule)
  end
  if not good then
    return ("invalid value for %s, a %s is needed"):format(path, rule.kind)
  end
end

--- Checks the text of a body. → the body decoded; or nil and what is wrong, with the path of the field
function rules.check(root, text)
  local body, problem = json.decode(text)
  if body == nil then
    return nil, "the body is not JSON (" .. tostring(problem) .. ")"
  end
  problem = check_object(body, root, "")
  if problem then
    return nil, problem
  end
  return body
end

return rules
