--- The methods of a client that are not operations, for the types.

local annotations = require "tools.reference.annotations"
local cbr = require "cbr"
local markdown = require "tools.reference.markdown"

local client = {}

-- Makes a client that sends nothing, and returns its methods.
local function exports()
  local made = assert(cbr.new {
    endpoint = "http://127.0.0.1:9", project_id = ("0"):rep(32), credentials = { token = "none" },
  })
  local methods = getmetatable(made).__index
  made:close()
  return methods
end

--- The blocks of the methods. Raises an error if the client has a method without a comment.
---@return string[]
function client.methods()
  local functions = annotations.functions("lua/cbr/client.lua", "methods")
  -- A method that is loaded late is a function with two further arguments: `from` and `client`.
  for _, module in ipairs { "each", "more_methods", "offline_methods" } do
    for name, found in pairs(annotations.functions(("lua/cbr/%s.lua"):format(module), module)) do
      local block = found.block:gsub("%-%-%-@param from [^\n]*\n", "")
      functions[name] = { block = block, arguments = found.arguments:gsub("^[^,]*, [^,]*, ", "") }
    end
  end
  local is_operation = { replicate = true, sync = true }
  for _, name in ipairs(cbr.operations()) do
    is_operation[name] = true
  end
  local blocks = { "---@class cbr.Client\nlocal client = {}" }
  for _, name in ipairs(markdown.sorted(exports())) do
    if not is_operation[name] then
      local found = assert(functions[name], "lua/cbr/client.lua has no comment for client:" .. name)
      blocks[#blocks + 1] = ("%s\nfunction client:%s(%s) end"):format(found.block, name, found.arguments)
    end
  end
  return blocks
end

return client
