--- Checks that operations, parameters and results have descriptions, which must be sentences.

local about = require "cbr.operations.about"
local assert = require "luassert"
local describe_operation = require("cbr.describe").operation
local operations = require "cbr.operations"

local described = {}

--- Asserts that a text consists of sentences: it must begin with a capital, a number or code, and end with a full stop.
---@param text any
---@param where string the place of the text, for the message
function described.is_sentence(text, where)
  assert.is_string(text, where)
  assert.is_truthy(text:find "^[A-Z0-9`]" and text:find "%.$", where .. ": " .. text)
  assert.is_nil(text:find "  ", where)
  assert.is_true(#text <= 200, where .. ": " .. #text .. " characters")
end

-- Calls visit(path, item) for the items of a tree of fields.
local function each(list, prefix, visit)
  for _, item in ipairs(list or {}) do
    visit(prefix .. item.name, item)
    each(item.fields, prefix .. item.name .. ".", visit)
  end
end

--- Asserts that the module of a group describes each operation of the group, and describes nothing else.
---@param group string name of the module
function described.is_complete(group)
  local words = require("cbr.operations.about." .. group)
  for name in pairs(require("cbr.operations." .. group)) do
    local own, description = words[name], describe_operation(operations[name])
    assert.is_table(own, name)
    described.is_sentence(own.does, name)
    described.is_sentence(own.returns, name)
    assert.is_true(own.action == nil or own.action:find "^cbr:%l+:%a+$" ~= nil, name)
    local paths = {}
    each(description.parameters, "", function(path, parameter)
      paths[#paths + 1] = "." .. path
      described.is_sentence(parameter.meaning, name .. " " .. path)
    end)
    for key in pairs(own.params or {}) do
      local used = false
      for _, path in ipairs(paths) do
        used = used or path:sub(-#key - 1) == "." .. key
      end
      assert.is_true(used, name .. " has no parameter " .. key)
    end
    each(description.result.fields, "", function(path, field)
      described.is_sentence(field.meaning, name .. " " .. path)
    end)
    for _, code in ipairs(description.codes) do
      assert.is_truthy(code.meaning or code.code:find "^CSBS%.", code.code)
    end
  end
  for name in pairs(words) do
    assert.is_not_nil(require("cbr.operations." .. group)[name], name)
  end
end

--- Asserts that each name in a table that operations share is used by an operation.
---@param shared table<string, any>
---@param list_of fun(description: cbr.Description): table[] returns the fields of an operation that are checked
function described.are_used(shared, list_of)
  local used = {}
  for _, operation in pairs(operations) do
    each(list_of(describe_operation(operation)), "", function(path)
      for key in pairs(shared) do
        if ("." .. path):sub(-#key - 1) == "." .. key then
          used[key] = true
        end
      end
    end)
  end
  for key in pairs(shared) do
    assert.is_true(used[key], key)
  end
end

--- Asserts that each of these objects is the result of an operation, or a part of a result.
---@param objects table<string, table[]>
function described.are_returned(objects)
  local used = {}
  for name, operation in pairs(operations) do
    local result = describe_operation(operation).result
    used[result.object or 0] = true
    each(result.fields, "", function(_, field)
      used[field.object or 0] = true
      if field.object then
        assert.is_table(about.objects[field.object], name .. " " .. field.object)
      end
    end)
  end
  for name in pairs(objects) do
    assert.is_true(used[name], name)
  end
end

return described
