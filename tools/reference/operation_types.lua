--- Makes the LuaCATS classes and methods of operations.

local cbr = require "cbr"
local describe = require "cbr.describe"
local operations = require "cbr.operations"

local operation_types = {}

local TYPES = { object = "table", any = "any", list = "table" }

--- The class of an object that several operations return, for example "cbr.ReplicationRecord" for "replication_record".
---@param name string
---@return string
function operation_types.object_name(name)
  return "cbr." .. name:gsub("^%l", string.upper):gsub("_(%l)", string.upper)
end

local function one_line(text)
  return (text:gsub("\n", " "))
end

local function quoted(values, open)
  local words = {}
  for i, value in ipairs(values) do
    words[i] = ("%q"):format(value)
  end
  return table.concat(words, "|") .. (open and "|string" or "")
end

local function many(words)
  return words:find("|", 1, true) and ("(%s)[]"):format(words) or words .. "[]"
end

-- The type of a parameter. `class` is the class of the parameter's fields.
local function parameter_type(parameter, class)
  local single = parameter.fields and class or parameter.values and quoted(parameter.values)
    or parameter.known_values and #parameter.known_values < 10 and quoted(parameter.known_values, true)
  if parameter.type == "list" then
    return many(single or TYPES[parameter.items] or parameter.items)
  elseif parameter.type == "string or list" then
    single = single or "string"
    return single .. "|" .. many(single)
  end
  return single or TYPES[parameter.type] or parameter.type
end

-- Adds the class of parameters to `blocks`, after the classes of the fields.
local function parameter_class(class, parameters, blocks)
  local lines = { "---@class (exact) " .. class }
  for _, parameter in ipairs(parameters) do
    local inner = class .. "." .. parameter.name
    if parameter.fields then
      parameter_class(inner, parameter.fields, blocks)
    end
    local is_required = parameter.required and not parameter.instead
    lines[#lines + 1] = ("---@field %s%s %s %s"):format(parameter.name, is_required and "" or "?",
      parameter_type(parameter, inner), one_line(parameter.meaning))
    if parameter.instead then
      lines[#lines + 1] = ("---@field %s? string Name of the vault, in place of `%s`."):format(parameter.instead,
        parameter.name)
    end
  end
  blocks[#blocks + 1] = table.concat(lines, "\n")
end

local function field_type(field, class)
  local single = field.object and operation_types.object_name(field.object)
    or field.fields and #field.fields > 0 and class
  if field.type == "list" then
    return many(single or TYPES[field.items] or field.items)
  end
  return single or TYPES[field.type] or field.type
end

--- Adds the class of a result to `blocks`, after the classes of the result's fields. Every field can be missing.
---@param class string
---@param fields cbr.ResultField[]
---@param blocks string[]
function operation_types.result_class(class, fields, blocks)
  local lines = { "---@class " .. class }
  for _, field in ipairs(fields) do
    local inner = class .. "." .. field.name
    if field.fields and #field.fields > 0 and not field.object then
      operation_types.result_class(inner, field.fields, blocks)
    end
    local name = field.name == "*" and "[string]" or field.name .. "?"
    lines[#lines + 1] = ("---@field %s %s %s"):format(name, field_type(field, inner), one_line(field.meaning))
  end
  blocks[#blocks + 1] = table.concat(lines, "\n")
end

-- The type of an operation's result. If no other operation has this type, its class is added to `blocks`.
local function result_type(description, blocks)
  local result = description.result
  if result.type == "true" then
    return "true"
  elseif result.object then
    return operation_types.object_name(result.object)
  elseif #result.fields == 0 then
    return "table|true"
  end
  local class = "cbr.result." .. description.name
  operation_types.result_class(class, result.fields, blocks)
  return result.type == "list" and class .. "[]" or class
end

local METHOD = [[
---%s
---
---[API page](%s)
---@param params cbr.params.%s
---@param call? cbr.CallOptions
---@return %s? result %s
---@return cbr.Error? err
function client:%s(params, call) end]]

--- The blocks of each operation.
---@return table<string, string[]> blocks by the name of the operation
function operation_types.operations()
  local all = {}
  for _, name in ipairs(cbr.operations()) do
    local description = describe.operation(operations[name])
    local blocks = { "---@class cbr.Client\nlocal client = {}" }
    all[name] = blocks
    parameter_class("cbr.params." .. name, description.parameters, blocks)
    local result = result_type(description, blocks)
    for _, method in ipairs { description.alias or name, description.alias and name } do
      blocks[#blocks + 1] = METHOD:format(description.does, description.page, name, result, description.returns, method)
    end
  end
  return all
end

return operation_types
