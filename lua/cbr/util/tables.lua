--- Helpers for tables, and for tables in responses: the service sends some tables as JSON text, and leaves others out.

local json = require "cbr.util.json"

local tables = {}

--- Returns a table as it is. For a JSON text, returns the table that the text describes.
---@param value any
---@return table table empty for any other value
function tables.of(value)
  if type(value) == "string" then
    value = json.decode(value)
  end
  return type(value) == "table" and value or {}
end

--- Returns the tables in a list. Other members are left out.
---@param value any a list, or its JSON text
---@return table[]
function tables.list(value)
  local list = {}
  for _, member in ipairs(tables.of(value)) do
    if type(member) == "table" then
      list[#list + 1] = member
    end
  end
  return list
end

--- Joins the lists that several tables hold in the same field.
---@param holders table[]
---@param name string the field
---@return any[]
function tables.gathered(holders, name)
  local all = {}
  for _, holder in ipairs(holders) do
    for _, member in ipairs(holder[name]) do
      all[#all + 1] = member
    end
  end
  return all
end

--- Whether a table is a list: its keys are the whole numbers from 1 on, without a hole.
---@param value table
---@return boolean
function tables.is_list(value)
  local size, count = #value, 0
  for name in pairs(value) do
    if type(name) ~= "number" or name % 1 ~= 0 or name < 1 or name > size then
      return false
    end
    count = count + 1
  end
  return count == size
end

--- Returns a copy of a table, one level deep.
---@param original table
---@return table
function tables.copy(original)
  local copy = {}
  for name, value in pairs(original) do
    copy[name] = value
  end
  return copy
end

return tables
