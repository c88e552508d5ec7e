--- Converts words of the command line to parameters of an operation, by the types in its description.

local exit_status = require "cbr_cli.exit_status"
local json = require "cbr_cli.json"
local options = require "cbr_cli.options"

local values = {}

local BOOLEANS = { ["true"] = true, ["false"] = false }

local function wrong(name, text, needed)
  exit_status.usage(("%s: '%s' is not %s"):format(name, text, needed))
end

local CONVERT = {}

function CONVERT.string(_, text)
  return text
end

function CONVERT.number(parameter, text)
  return tonumber(text) or wrong(parameter.name, text, "a number")
end

function CONVERT.integer(parameter, text)
  local number = text:find "^-?%d+$" and tonumber(text)
  return number or wrong(parameter.name, text, "an integer")
end

function CONVERT.boolean(parameter, text)
  if BOOLEANS[text] == nil then
    wrong(parameter.name, text, "true or false")
  end
  return BOOLEANS[text]
end

function CONVERT.object(parameter, text)
  local value = json.decode(text)
  return type(value) == "table" and value or wrong(parameter.name, text, "a JSON object")
end

function CONVERT.list(parameter, text)
  if text:find "^%s*%[" then
    local value = json.decode(text)
    return type(value) == "table" and value or wrong(parameter.name, text, "a JSON list")
  elseif parameter.items == "object" then
    wrong(parameter.name, text, "a JSON list")
  end
  local list = {}
  for word in text:gmatch "[^,]+" do
    list[#list + 1] = (CONVERT[parameter.items] or CONVERT.string)(parameter, word)
  end
  return list
end

CONVERT["string or list"] = function(parameter, text)
  return text:find "^%s*%[" and CONVERT.list(parameter, text) or text
end

-- Rejects null in JSON: a parameter cannot be null.
local function without_nulls(value)
  if type(value) == "table" then
    for name, member in pairs(value) do
      if member == json.null then
        exit_status.usage(("'%s' is null: omit the parameter"):format(tostring(name)))
      end
      without_nulls(member)
    end
  end
  return value
end

local function convert(parameter, text)
  local from_file = text:match "^@(.+)$"
  if from_file and (parameter.type == "string" or parameter.type == "string or list") then
    return (options.read(from_file):gsub("\n$", ""))
  elseif from_file then
    return options.value(text)
  end
  return (CONVERT[parameter.type] or CONVERT.string)(parameter, text)
end

--- Converts the words to parameters.
---@param description cbr.Description
---@param words string[] `key=value`, or `@file` with a JSON object of parameters
---@return table params
function values.params(description, words)
  local by_name, params, is_given = {}, {}, {}
  for _, parameter in ipairs(description.parameters) do
    by_name[parameter.name] = parameter
  end
  for _, word in ipairs(words) do
    local name, text = word:match "^([%w_.-]+)=(.*)$"
    if word:find "^@" then
      local given = options.value(word)
      if type(given) ~= "table" then
        exit_status.usage(word .. " is not a JSON object")
      end
      for key, value in pairs(given) do
        params[key] = value
      end
    elseif not name then
      exit_status.usage(("'%s' does not have the form key=value"):format(word))
    else
      name = name:gsub("-", "_")
      local parameter = by_name[name]
      if not parameter then
        exit_status.usage(("%s has no parameter '%s': see cbr describe %s"):format(description.name, name,
          description.name))
      end
      if is_given[name] then
        exit_status.usage(("'%s' is given twice"):format(name))
      end
      params[name], is_given[name] = convert(parameter, text), true
    end
  end
  return without_nulls(params)
end

return values
