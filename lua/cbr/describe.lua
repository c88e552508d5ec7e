--- `client:describe`: what an operation takes and returns, as plain data.

local about = require "cbr.operations.about"
local codes = require "cbr.operations.about.codes"
local errors = require "cbr.errors"
local json = require "cbr.util.json"
local service_codes = require "cbr.call.service_codes"
local tables = require "cbr.util.tables"
local text = require "cbr.util.text"
local text_forms = require "cbr.util.text_forms"

---@class cbr.Description
---@field name string
---@field alias? string this module's own name of the operation
---@field group string heading in the reference
---@field method string
---@field path string after the host
---@field does string
---@field returns string
---@field clouds string[] `huawei`, and `otc` if Open Telekom Cloud has a page about the operation
---@field action? string permission (IAM action) that the operation needs
---@field other_actions string[] other permissions that the operation needs
---@field page string URL of Huawei Cloud's API page
---@field parameters cbr.ParameterDescription[]
---@field result cbr.ResultDescription
---@field codes cbr.CodeDescription[] error codes to expect

---@class cbr.ParameterDescription
---@field name string
---@field wire? string the name that is sent, if it is not `name`
---@field at? "path"|"query"|"body" where the parameter is sent; nil for a field of another parameter
---@field type string "string", "integer", "number", "boolean", "object", "list" or "string or list"
---@field items? string type of the members of a list
---@field required boolean
---@field instead? string for the id of a vault: the parameter that can give the vault's name in its place
---@field meaning string
---@field default? any the value that cbr sends if the caller sets none
---@field service_default? any the value that the service assumes if none is sent
---@field minimum? number
---@field maximum? number
---@field besides? number a number that is valid, although it is not between `minimum` and `maximum`
---@field min_length? integer smallest number of characters
---@field max_length? integer largest number of characters
---@field min_items? integer
---@field max_items? integer
---@field values? string[] all values
---@field known_values? string[] usual values; others are sent too
---@field pattern? string which texts are valid, in words
---@field fields? cbr.ParameterDescription[] fields of an object, or of each member of a list

---@class cbr.ResultDescription
---@field type string "true", "object" or "list"
---@field fields? cbr.ResultField[]

---@class cbr.ResultField
---@field name string `*` stands for any name
---@field type string
---@field items? string type of the members of a list
---@field object? string name of the object, if other results have the same object
---@field meaning string
---@field fields? cbr.ResultField[]

---@class cbr.CodeDescription
---@field code string
---@field kind string kind of the error
---@field retryable boolean
---@field meaning? string
---@field advice string

local describe = {}

local PAGE = "https://support.huaweicloud.com/intl/en-us/api-cbr/%s.html"

local function in_words(type_name)
  return type_name == "table" and "object" or type_name
end

local function copy_of_list(list)
  return list and json.list(tables.copy(list))
end

local describe_rules

-- Returns how an id can be looked up; nil if it cannot be looked up.
local function look_up_of(operation, path)
  for _, named in ipairs(operation.names or {}) do
    if named.id == path then
      return named
    end
  end
end

local function describe_rule(operation, rule, path)
  local types = type(rule.type) == "table" and table.concat(rule.type, " or ") or in_words(rule.type)
  local default = rule.default
  if default == json.empty_array then
    default = json.list {}
  end
  local form, named = rule.form and text_forms[rule.form], look_up_of(operation, path)
  return {
    name = rule.name, wire = rule.wire, at = rule.at, type = types, items = in_words(rule.items),
    required = rule.required and (not named or named.name ~= nil) or false, instead = named and named.name,
    meaning = about.parameter(operation.name, path),
    default = default, service_default = rule.service_default,
    minimum = rule.from, maximum = rule.to, besides = rule.besides,
    min_length = rule.min or (rule.filled and 1 or nil), max_length = rule.max,
    min_items = rule.least, max_items = rule.most,
    values = copy_of_list(rule.one_of), known_values = copy_of_list(rule.known), pattern = form and form.says,
    fields = rule.fields and describe_rules(operation, rule.fields, path .. "."),
  }
end

function describe_rules(operation, rules, prefix)
  local list = {}
  for i, rule in ipairs(rules) do
    list[i] = describe_rule(operation, rule, prefix .. rule.name)
  end
  return json.list(list)
end

local JSON_TYPES = { string = true, integer = true, number = true, boolean = true, object = true, any = true }

local describe_fields

-- Describes a field of a result. `open` is the set of objects that contain the field: if an object contains itself, the
-- inner object is described without fields.
local function describe_field(field, open)
  local name, type_name, meaning, fields = field[1], field[2], field[3], field[4]
  local item = type_name:match "^list of (.+)$"
  local object = item or type_name
  if JSON_TYPES[object] then
    object = nil
  elseif not open[object] then
    fields = about.objects[object]
    open = setmetatable({ [object] = true }, { __index = open })
  end
  return {
    name = name, type = item and "list" or object and "object" or type_name,
    items = item and (object and "object" or item), object = object, meaning = meaning,
    fields = fields and describe_fields(fields, open),
  }
end

function describe_fields(fields, open)
  local list = {}
  for i, field in ipairs(fields) do
    list[i] = describe_field(field, open)
  end
  return json.list(list)
end

local COUNT = { "count", "integer", "Number of all items, on all pages." }

local function describe_result(operation, words)
  local result = words.result
  if result == true then
    return { type = "true" }
  elseif operation.list and words.result_is ~= "whole" then
    local named = type(result) == "string"
    local fields = { { operation.list, "list of " .. (named and result or "object"), "The items.",
      not named and result or nil } }
    for _, field in ipairs(words.beside or { COUNT }) do
      fields[#fields + 1] = field
    end
    return { type = "object", fields = describe_fields(fields, {}) }
  end
  local name = type(result) == "string" and result or nil
  return {
    type = words.result_is == "list" and "list" or "object", object = name,
    fields = name and describe.object(name) or describe_fields(result, {}),
  }
end

--- Returns the fields of an object that several operations return.
---@param name string
---@return cbr.ResultField[]
function describe.object(name)
  return describe_fields(about.objects[name], { [name] = true })
end

--- Describes what an error code means.
---@param code string
---@return cbr.CodeDescription
function describe.code(code)
  local known = service_codes.known[code] or {}
  local kind = known.kind or "service"
  local number = code:match "^BackupService%.(%d+)$"
  return {
    code = code, kind = kind, retryable = known.retryable or false,
    meaning = number and codes[number],
    advice = service_codes.advice_by_code[code] or errors.advice[kind],
  }
end

-- Returns the words of a text as a list.
local function words_of(words)
  local list = {}
  for word in (words or ""):gmatch "%S+" do
    list[#list + 1] = word
  end
  return json.list(list)
end

local function describe_codes(numbers)
  local list = words_of(numbers)
  for i, number in ipairs(list) do
    list[i] = describe.code(number:find "^%d+$" and "BackupService." .. number or number)
  end
  return list
end

--- Describes what an operation takes and returns.
---@param operation cbr.Operation
---@return cbr.Description description new tables, which the caller may change
function describe.operation(operation)
  local words = about.operations[operation.name]
  local page = operation.name:gsub("^[a-z]", text.upper):gsub("_([a-z])", text.upper)
  return {
    name = operation.name, alias = operation.alias, group = operation.group, method = operation.method,
    path = operation.path, does = words.does, returns = words.returns, page = PAGE:format(page),
    action = words.action, other_actions = words_of(words.other_actions),
    clouds = json.list(words.huawei_only and { "huawei" } or { "huawei", "otc" }),
    parameters = describe_rules(operation, operation.params, ""),
    result = describe_result(operation, words),
    codes = describe_codes(words.codes),
  }
end

return describe
