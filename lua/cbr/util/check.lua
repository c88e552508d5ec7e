--- Checks parameters and options against rules that are data.
--
-- The rules come from the API reference; see cbr.operations.

local text = require "cbr.util.text"

---@class cbr.Rule
---@field name string
---@field type string|string[] a Lua type, "integer" or "list"; or a list of these
---@field required? boolean
---@field filled? boolean the string must not be empty
---@field form? string one of `check.forms`
---@field min? integer smallest number of characters of a string
---@field max? integer largest number of characters
---@field from? number smallest number
---@field to? number largest number
---@field one_of? string[] all values that a string may have
---@field items? string type of a list's members, to which `form` and `one_of` of the rule apply
---@field least? integer smallest number of members of a list
---@field most? integer largest number of members
---@field positive? boolean of an option: the number must be above 0
---@field default? any

local check = {}

--- The forms of texts, with their descriptions in a message.
check.forms = {
  uuid = {
    pattern = "^%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$",
    says = "a UUID (8-4-4-4-12 hex digits)",
  },
  project = { pattern = "^" .. ("%x"):rep(32) .. "$", says = "a project id (32 hex digits)" },
  line = { pattern = "^[^%z\1-\31\127]*$", says = "without control characters" },
  region = { pattern = "^[A-Za-z0-9][A-Za-z0-9-]*$", says = "a region id (letters, digits and '-')" },
  name = { pattern = "^[A-Za-z0-9_\128-\255-]*$", says = "letters (of any script), digits, '_' and '-'" },
  description = { pattern = "^[^<>]*$", says = "without '<' and '>'" },
  time = { pattern = "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$", says = "a time like 2018-02-01T12:00:00Z" },
  -- One segment of a path. It must not lead to another path, and must not be taken for the placeholder of the project.
  segment = {
    pattern = "^[^/%z\1-\31\127]+$", never = { "^%.%.?$", "{project_id}" },
    says = "text without '/', and neither '.' nor '..'",
  },
}

local NONE = {}
local LARGEST = 2 ^ 53 -- up to this, whole numbers are exact in every Lua

local function is_list(value)
  local count = 0
  for _ in pairs(value) do
    count = count + 1
  end
  return count == #value
end

local function is_type(value, wanted)
  if wanted == "integer" then
    return type(value) == "number" and value % 1 == 0
  elseif wanted == "list" then
    return type(value) == "table" and is_list(value)
  end
  return type(value) == wanted
end

local function is_any_type(value, wanted)
  if type(value) == wanted then
    return true
  elseif type(wanted) == "string" then
    return is_type(value, wanted)
  end
  for _, one in ipairs(wanted) do
    if is_type(value, one) then
      return true
    end
  end
  return false
end

local function type_words(wanted)
  return wanted == "integer" and "whole number" or type(wanted) == "string" and wanted or table.concat(wanted, " or ")
end

local function has_form(form, value)
  for _, pattern in ipairs(form.never or NONE) do
    if value:find(pattern) then
      return false
    end
  end
  return value:find(form.pattern) ~= nil
end

-- Length in characters of UTF-8, as the service counts them.
local function length(value)
  return select(2, value:gsub("[^\128-\191]", ""))
end

local function string_problem(rule, value)
  if rule.filled and value == "" then
    return "is empty"
  elseif rule.max and (length(value) < (rule.min or 0) or length(value) > rule.max) then
    return ("must have %d to %d characters, not %d"):format(rule.min or 0, rule.max, length(value))
  end
  for _, allowed in ipairs(rule.one_of or NONE) do
    if value == allowed then
      return nil
    end
  end
  if rule.one_of then
    return ("must be '%s'"):format(table.concat(rule.one_of, "' or '"))
  end
  local form = check.forms[rule.form]
  return form and not has_form(form, value) and ("must be %s"):format(form.says) or nil
end

local function number_problem(rule, value)
  if (rule.from and value < rule.from) or (rule.to and value > rule.to) then
    local from, given = text.decimal("%g", rule.from), text.decimal("%g", value)
    return rule.to and ("must be from %s to %s, not %s"):format(from, text.decimal("%g", rule.to), given)
      or ("must be %s or more, not %s"):format(from, given)
  end
end

local function list_problem(rule, value)
  if #value < (rule.least or 0) or #value > (rule.most or #value) then
    return rule.most and ("must have %d to %d members, not %d"):format(rule.least or 0, rule.most, #value)
      or ("must have %d or more members, not %d"):format(rule.least, #value)
  end
  for i, member in ipairs(value) do
    local problem
    if not is_type(member, rule.items) then
      problem = ("must be a %s, not a %s"):format(type_words(rule.items), type(member))
    elseif type(member) == "string" then
      problem = string_problem(rule, member)
    end
    if problem then
      return ("member %d %s"):format(i, problem)
    end
  end
end

-- Returns what is wrong with a value; nil if it is valid.
local function problem_of(rule, value)
  local kind = type(value)
  if value == nil then
    return rule.required and "is missing" or nil
  elseif not is_any_type(value, rule.type) then
    return ("must be a %s, not a %s"):format(type_words(rule.type), kind)
  elseif kind == "string" then
    return string_problem(rule, value)
  elseif kind == "number" then
    return number_problem(rule, value)
  elseif kind == "table" and rule.items then
    return list_problem(rule, value)
  end
end

-- List of rules -> its index: the rules by name; the types of those that demand nothing else, by name; the names of
-- what is required.
local indices = setmetatable({}, { __mode = "k" })

-- Fields of a rule that demand nothing of a value.
local NO_DEMANDS = { name = true, type = true, required = true, at = true, wire = true, as_text = true, default = true }

local function index_of(rules)
  local index = indices[rules]
  if not index then
    index = { known = {}, types = {}, required = {} }
    for _, rule in ipairs(rules) do
      index.known[rule.name], index.types[rule.name] = rule, rule.type
      for field in pairs(rule) do
        index.types[rule.name] = NO_DEMANDS[field] and index.types[rule.name] or nil
      end
      index.required[#index.required + 1] = rule.required and rule.name or nil
    end
    indices[rules] = index
  end
  return index
end

--- All problems of parameters, in the order of the rules.
---@param rules cbr.Rule[]
---@param params table
---@return cbr.Problem[] problems empty if the parameters can be sent
function check.problems(rules, params)
  local problems = {}
  for _, rule in ipairs(rules) do
    local value = params[rule.name]
    local problem = (value ~= nil or rule.required) and problem_of(rule, value)
    if problem then
      problems[#problems + 1] = { parameter = rule.name, problem = problem }
    end
  end
  local known, unknown = index_of(rules).known, nil
  for name in pairs(params) do
    if not known[name] then
      unknown = unknown or {}
      unknown[#unknown + 1] = name
    end
  end
  if unknown then
    table.sort(unknown, function(a, b) return text.is_before(tostring(a), tostring(b)) end)
  end
  for _, name in ipairs(unknown or NONE) do
    problems[#problems + 1] = {
      parameter = text.line(tostring(name), 100),
      problem = "is unknown" .. text.meant(name, known),
    }
  end
  return problems
end

local function option_problem(rule, value)
  local problem = problem_of(rule, value)
  if not problem and rule.positive and value ~= nil and not (value > 0 and value <= LARGEST) then
    return "must be a number above 0"
  end
  return problem
end

-- Whether options are valid. This is faster than to look for the message of an invalid one.
local function are_fine(index, options)
  local types, known = index.types, index.known
  for name, value in next, options do
    if type(value) ~= types[name] and (not known[name] or option_problem(known[name], value)) then
      return false
    end
  end
  for i = 1, #index.required do
    if options[index.required[i]] == nil then
      return false
    end
  end
  return true
end

--- Raises an error if the options are not a table, or if an option is unknown or has a wrong type.
---@param method string name of the called function, for the message
---@param rules cbr.Rule[] may have a function `elsewhere(name)`, which says where an unknown option belongs
---@param options any
---@param level integer stack level that a raised error names, as for `error` called in this function: 3 is the caller
-- of its caller
function check.options(method, rules, options, level)
  if type(options) ~= "table" then
    error(("%s: options must be a table, not a %s"):format(method, type(options)), level)
  end
  local index = index_of(rules)
  if getmetatable(options) == nil and are_fine(index, options) then -- so no option is inherited
    return
  end
  local known = index.known
  for name in pairs(options) do
    if not known[name] then
      local place = rules.elsewhere and rules.elsewhere(name)
      local meant = place and ": " .. place or text.meant(name, known)
      error(("%s: unknown option '%s'%s"):format(method, text.line(tostring(name), 100), meant), level)
    end
  end
  for _, rule in ipairs(rules) do -- not pairs(options): an option may be inherited
    local value = options[rule.name]
    local problem = (value ~= nil or rule.required) and option_problem(rule, value)
    if problem then
      error(("%s: option '%s' %s"):format(method, rule.name, problem), level)
    end
  end
end

return check
