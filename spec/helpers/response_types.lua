--- Compares a response of the sandbox with the fields that the service documents (spec/data/response_fields.lua). Each
-- field must have a type that the API page documents or that a recorded response has. No field may be unknown, and no
-- mandatory field may be missing.

local cjson = require "cjson"
local data = require "spec.data.response_fields"

local response_types = {}

---@class cbr.spec.ResponseField
---@field required boolean
---@field types table<string, true> JSON types that are allowed; "missing": this mandatory field may be left out
---@field words? table<string, true> the texts that are allowed
---@field fields? table<string, cbr.spec.ResponseField> of an object
---@field items? cbr.spec.ResponseField of a list

local JSON_TYPES = {
  string = true, integer = true, number = true, boolean = true, object = true, null = true, missing = true,
}

local types = {}
local field_of

local function allow_words(field, list)
  field.types.string, field.words = true, field.words or {}
  for _, word in ipairs(list) do
    field.words[word] = true
  end
end

local function split(text)
  local list = {}
  for word in text:gmatch "[^|=]+" do
    list[#list + 1] = word
  end
  return list
end

-- Adds to a field what one word of spec/data/response_fields.lua allows.
local function allow(field, word)
  local item = word:match "^%[(.+)%]$"
  if item then
    field.types.array, field.items = true, field_of(item)
  elseif JSON_TYPES[word] then
    field.types[word] = true
  elseif word == "spec_code" then
    allow_words(field, data.spec_codes)
  elseif word:find "[|=]" then
    allow_words(field, split(word))
  else
    field.types.object, field.fields = true, assert(types[word], "no such type: " .. word)
  end
end

function field_of(words)
  local field = { required = false, types = {} }
  for word in words:gmatch "%S+" do
    allow(field, word)
  end
  return field
end

-- Calls read(name, fields) for each block of a text.
local function each_block(text, read)
  for name, fields in text:gsub("\n  ", "; "):gmatch "([%w_]+):([^\n]*)" do
    read(name, fields)
  end
end

local function read_fields(text, into)
  for name, mark, words in text:gmatch "([%w_]+)(!?) ([^;]+)" do
    into[name] = into[name] or { required = mark == "!", types = {} }
    for word in words:gmatch "%S+" do
      allow(into[name], word)
    end
  end
end

each_block(data.types, function(name) types[name] = {} end)
each_block(data.types, function(name, fields) read_fields(fields, types[name]) end)

local responses = {} -- the fields of each operation's response; false for a response without a body

each_block(data.responses, function(operation, text)
  if text == "" then
    responses[operation] = false
  elseif text == " object" then
    responses[operation] = { required = true, types = { object = true } }
  else
    responses[operation] = { required = true, types = { object = true }, fields = {} }
    read_fields(text, responses[operation].fields)
  end
end)

for _, text in ipairs { data.recorded, data.samples } do
  each_block(text, function(name, fields)
    read_fields(fields, types[name] or responses[name].fields)
  end)
end

local EMPTY_LIST = "an empty list"

-- Decodes JSON. cjson decodes an empty list and an empty object to equal tables, so each empty list gets a member
-- first.
local function decode(text)
  return cjson.decode((text:gsub("([:,%[])%[%]", "%1[" .. cjson.encode(EMPTY_LIST) .. "]")))
end

local function type_of(value)
  if value == cjson.null then
    return "null"
  elseif type(value) == "table" then
    return #value > 0 and "array" or "object"
  elseif type(value) == "number" then
    return value % 1 == 0 and "integer" or "number"
  end
  return type(value)
end

local function is_allowed(field, kind)
  return field.types[kind] or kind == "integer" and field.types.number
end

local check

local function check_members(value, fields, path, problems)
  for name, field in pairs(fields) do
    if value[name] == nil and field.required and not field.types.missing then
      problems[#problems + 1] = path .. "." .. name .. " is missing"
    end
  end
  for name, member in pairs(value) do
    if fields[name] then
      check(member, fields[name], path .. "." .. name, problems)
    else
      problems[#problems + 1] = path .. "." .. name .. " is not documented"
    end
  end
end

function check(value, field, path, problems)
  local kind = type_of(value)
  if not is_allowed(field, kind) then
    problems[#problems + 1] = ("%s is of type %s"):format(path, kind)
  elseif kind == "string" and field.words and not field.words[value] then
    problems[#problems + 1] = ("%s is '%s'"):format(path, value)
  elseif kind == "object" and field.fields then
    check_members(value, field.fields, path, problems)
  elseif kind == "array" and value[1] ~= EMPTY_LIST then
    for i, item in ipairs(value) do
      check(item, field.items, ("%s[%d]"):format(path, i), problems)
    end
  end
end

---@param operation string
---@param text string the body as it arrived
---@return string[] problems one line for each field that is not as documented
function response_types.problems(operation, text)
  local response, problems = responses[operation], {}
  assert(response ~= nil, "no such operation: " .. operation)
  if not response then
    if text ~= "" and text ~= "{}" then
      problems[1] = "a body, though none is documented"
    end
    return problems
  end
  check(decode(text), response, operation, problems)
  return problems
end

---@return table<string, cbr.spec.ResponseField|false>
function response_types.all()
  return responses
end

return response_types
