--- Checks parameters and options against rules that are data. The rules of the API are in cbr.operations.

local tables = require "cbr.util.tables"
local text = require "cbr.util.text"
local text_forms = require "cbr.util.text_forms"

---@class cbr.Rule
---@field name string
---@field type string|string[] a Lua type, "integer" or "list"; or a list of these
---@field required? boolean
---@field filled? boolean the string must not be empty
---@field form? string a name in cbr.util.text_forms
---@field min? integer smallest number of characters of a string
---@field max? integer largest number of characters of a string
---@field from? number smallest number
---@field to? number largest number
---@field besides? number a number that is valid although it is outside of `from` and `to`
---@field one_of? string[] all values that a string may have
---@field known? string[] values that a string usually has; others are valid too, and reported as doubts
---@field fields? cbr.Rule[] rules for the fields of a table, or of each table in a list
---@field items? string type of a list's members, to which the rules for strings apply
---@field least? integer smallest number of members of a list
---@field most? integer largest number of members of a list
---@field positive? boolean the number must be above 0; only for options
---@field default? any value that is sent if the caller sets none

---@class cbr.Doubt a value that is valid but not known; the service may have added it
---@field parameter string path of the parameter, such as `resources[1].type`
---@field value string

local check = { forms = text_forms }

local NONE = {}

local function is_type(value, wanted)
  if type(value) == wanted then
    return true
  elseif wanted == "integer" then
    return type(value) == "number" and value % 1 == 0
  elseif wanted == "list" then
    return type(value) == "table" and tables.is_list(value)
  end
  for _, one in ipairs(type(wanted) == "table" and wanted or NONE) do
    if is_type(value, one) then
      return true
    end
  end
  return false
end

local function type_words(wanted)
  return wanted == "integer" and "whole number" or type(wanted) == "string" and wanted or table.concat(wanted, " or ")
end

local function has_any(patterns, value)
  for _, pattern in ipairs(patterns or NONE) do
    if value:find(pattern) then
      return true
    end
  end
  return false
end

local function has_form(form, value)
  local fits = form.pattern and value:find(form.pattern) ~= nil or has_any(form.any, value)
  return fits and not has_any(form.never, value)
end

-- Returns the length of a text in UTF-8 characters, as the service counts them.
local function length(value)
  return select(2, value:gsub("[^\128-\191]", ""))
end

-- Returns what is wrong with a number of characters or members; nil if the number is valid.
local function size_problem(size, least, most, unit)
  if size >= (least or 0) and size <= (most or size) then
    return nil
  elseif least and most then
    return ("must have %d to %d %s, not %d"):format(least, most, unit, size)
  end
  return most and ("must have at most %d %s, not %d"):format(most, unit, size)
    or ("must have %d or more %s, not %d"):format(least, unit, size)
end

local function contains(list, value)
  for i = 1, #list do
    if list[i] == value then
      return true
    end
  end
  return false
end

local function string_problem(rule, value)
  if rule.filled and value == "" then
    return "is empty"
  end
  local problem = (rule.min or rule.max) and size_problem(length(value), rule.min, rule.max, "characters")
  if problem then
    return problem
  elseif rule.one_of then
    return not contains(rule.one_of, value) and ("must be '%s'"):format(table.concat(rule.one_of, "' or '")) or nil
  end
  local form = text_forms[rule.form]
  if form and not has_form(form, value) then
    return ("must be %s"):format(form.says)
  elseif form and form.reserved and form.reserved[value] then
    return ("must not be '%s', a word in the paths of the API"):format(value)
  end
end

local function number_problem(rule, value)
  local bound, words
  if rule.from and value < rule.from then
    bound, words = rule.from, "at least"
  elseif rule.to and value > rule.to then
    bound, words = rule.to, "at most"
  end
  if bound and value ~= rule.besides then
    local other = rule.besides and (", or %s"):format(text.of(rule.besides)) or ""
    return ("must be %s %s%s, not %s"):format(words, text.of(bound), other, text.of(value) or tostring(value))
  end
end

--- Returns what is wrong with a value, apart from its fields and members.
---@param rule cbr.Rule
---@param value any
---@return string? problem nil: nothing is wrong
function check.problem_of(rule, value)
  local kind = type(value)
  if value == nil then
    return rule.required and "is missing" or nil
  elseif not is_type(value, rule.type) then
    return ("must be a %s, not a %s"):format(type_words(rule.type), kind)
  elseif kind == "string" then
    return string_problem(rule, value)
  elseif kind == "number" then
    return number_problem(rule, value)
  elseif kind == "table" and rule.items then
    return size_problem(#value, rule.least, rule.most, "members")
  end
end

local indices = setmetatable({}, { __mode = "k" }) -- list of rules -> its index

-- Fields of a rule that demand nothing of a value.
local NO_DEMANDS = { name = true, type = true, required = true, at = true, wire = true, as_text = true, default = true,
  service_default = true }

--- Returns the index of a list of rules. It is made once.
---@param rules cbr.Rule[]
---@return { known: table<string, cbr.Rule>, types: table<string, string>, required: string[] } index the rules by name,
-- the types of the rules that demand only a type, and the names of the required parameters
function check.index_of(rules)
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

local members = setmetatable({}, { __mode = "k" }) -- rule of a list -> rule of the members of the list

local function member_rule(rule)
  local member = members[rule]
  if not member then
    member = {
      type = rule.items, form = rule.form, one_of = rule.one_of, known = rule.known, min = rule.min, max = rule.max,
      fields = rule.fields,
    }
    members[rule] = member
  end
  return member
end

-- Adds a problem to the list `result.problems`.
local function add(result, parameter, problem)
  result.problems[#result.problems + 1] = { parameter = parameter, problem = problem }
end

local function add_unknown(rules, values, prefix, result)
  local known, unknown = check.index_of(rules).known, nil
  for name in pairs(values) do
    if not known[name] then
      unknown = unknown or {}
      unknown[#unknown + 1] = name
    end
  end
  if unknown then
    table.sort(unknown, function(a, b) return text.is_before(tostring(a), tostring(b)) end)
  end
  for _, name in ipairs(unknown or NONE) do
    add(result, prefix .. text.line(tostring(name), 100), "is unknown" .. text.meant(name, known))
  end
end

local examine_fields

-- Adds the problems of a value to `result`: those of the value itself, of its fields and of its members. Valid values
-- that are not known become doubts.
local function examine(rule, value, path, result)
  local problem = check.problem_of(rule, value)
  if problem then
    add(result, path, problem)
  end
  if type(value) == "table" then
    if rule.items and tables.is_list(value) then
      local member = member_rule(rule)
      for i = 1, math.min(#value, rule.most or #value) do
        examine(member, value[i], ("%s[%d]"):format(path, i), result)
      end
    elseif rule.fields and not rule.items then
      examine_fields(rule.fields, value, path .. ".", result)
    end
  elseif rule.known and not problem and not contains(rule.known, value) then
    result.doubts = result.doubts or {}
    table.insert(result.doubts, { parameter = path, value = text.line(value, 100) })
  end
end

function examine_fields(rules, values, prefix, result)
  for _, rule in ipairs(rules) do
    local value = values[rule.name]
    if value ~= nil then
      examine(rule, value, prefix .. rule.name, result)
    elseif rule.required then
      add(result, prefix .. rule.name, "is missing")
    end
  end
  add_unknown(rules, values, prefix, result)
end

--- Returns all problems of parameters, nested ones included. The problems of each table are in the order of its rules;
-- the unknown fields of the table come last.
---@param rules cbr.Rule[]
---@param params table
---@return cbr.Problem[] problems empty if the parameters can be sent
---@return cbr.Doubt[]? doubts nil: every value is known
function check.problems(rules, params)
  local result = { problems = {} }
  examine_fields(rules, params, "", result)
  return result.problems, result.doubts
end

return check
