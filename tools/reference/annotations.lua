--- Reads the annotations in the module's sources: the comments of classes and functions, as LuaCATS blocks.

local source = require "tools.source"

local annotations = {}

-- Joins the lines of an annotation: a line with two dashes continues the annotation before it.
local function joined(lines)
  local block = {}
  for _, line in ipairs(lines) do
    local more = line:match "^%-%- ?(.*)$"
    if line:find "^%-%-%-" then
      block[#block + 1] = (line:gsub("^%-%-%- ", "---"))
    elseif block[#block] and block[#block]:find "^%-%-%-@" then
      block[#block] = block[#block] .. " " .. more
    else
      block[#block + 1] = "---" .. more
    end
  end
  return table.concat(block, "\n")
end

-- Calls visit(comment, line) for every comment of a file, with the line of code after the comment.
local function each_comment(file, visit)
  local comment = {}
  for line in (source.read(file) .. "\n"):gmatch "(.-)\n" do
    if line:find "^%-%-" then
      comment[#comment + 1] = line
    else
      if #comment > 0 then
        visit(comment, line)
      end
      comment = {}
    end
  end
end

--- The block of a class or an alias.
---@param file string
---@param name string such as "cbr.Error"
---@return string
function annotations.class(file, name)
  local found
  each_comment(file, function(comment)
    local block
    for _, line in ipairs(comment) do
      local class = line:match "^%-%-%-@class ([%w_.]+)" or line:match "^%-%-%-@alias ([%w_.]+)"
      if class then
        block = class == name and {} or nil
        found = found or block
      end
      if block then
        block[#block + 1] = line
      end
    end
  end)
  return joined(assert(found, file .. " has no class " .. name))
end

--- The blocks of the functions of a table.
---@param file string
---@param owner string name of the table in the file
---@return table<string, { block: string, arguments?: string }> functions by name; an entry has no `arguments` if its
-- line assigns a value
function annotations.functions(file, owner)
  local functions = {}
  each_comment(file, function(comment, line)
    local name, arguments = line:match("^function " .. owner .. "[.:]([%w_]+)%((.-)%)")
    name = name or line:match("^" .. owner .. "%.([%w_]+) = ")
    if name then
      functions[name] = { block = joined(comment), arguments = arguments }
    end
  end)
  return functions
end

return annotations
