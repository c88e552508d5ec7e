--- Checks the options of a function against rules (see cbr.util.check). A wrong option raises an error.

local check = require "cbr.util.check"
local text = require "cbr.util.text"

local function option_problem(rule, value)
  local problem = check.problem_of(rule, value)
  if not problem and rule.positive and value ~= nil and not (value > 0 and value <= text.MAX_EXACT_INTEGER) then
    return "must be a number above 0"
  end
  return problem
end

-- Whether options are valid. This check is faster than the search for the message about an invalid option.
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
---@param level integer stack level for raised errors, as if this function called `error`: 3 is the caller
-- of its caller
---@return table options the same table; if it has a metatable, a copy, for which each option was read once
return function(method, rules, options, level)
  if type(options) ~= "table" then
    error(("%s: options must be a table, not a %s"):format(method, type(options)), level)
  end
  local index = check.index_of(rules)
  if getmetatable(options) == nil and are_fine(index, options) then -- without a metatable, no option can be inherited
    return options
  end
  local known, read = index.known, {}
  for name in pairs(options) do
    if not known[name] then
      local place = rules.elsewhere and rules.elsewhere(name)
      local meant = place and ": " .. place or text.meant(name, known)
      error(("%s: unknown option '%s'%s"):format(method, text.line(tostring(name), 100), meant), level)
    end
  end
  for _, rule in ipairs(rules) do -- this is not pairs(options), because an option may be inherited
    local value = options[rule.name]
    local problem = (value ~= nil or rule.required) and option_problem(rule, value)
    if problem then
      error(("%s: option '%s' %s"):format(method, rule.name, problem), level)
    end
    read[rule.name] = value
  end
  return read
end
