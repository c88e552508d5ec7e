--- Messages about parameters that were checked: where a misplaced parameter belongs, and which
-- values cbr does not know.

local log = require "cbr.util.log"
local options = require "cbr.options"

local parameters = {}

local CALL_OPTIONS = {}
for _, rule in ipairs(options.call) do
  CALL_OPTIONS[rule.name] = true
end

--- Says where an unknown parameter belongs, if it is an option of a call.
---@param name string
---@return string? words that follow "is unknown: it is"
function parameters.elsewhere(name)
  return CALL_OPTIONS[name] and ("an option of the call, which goes into a second table, { %s = … }"):format(name)
end

--- Completes the problems of unknown parameters: says where each of these parameters belongs, if that is known.
---@param problems cbr.Problem[] changed in place
function parameters.explain(problems)
  for _, problem in ipairs(problems) do
    local place = problem.problem:find "^is unknown" and parameters.elsewhere(problem.parameter)
    if place then
      problem.problem = "is unknown: it is " .. place
    end
  end
end

--- Tells the log hook which values of a request cbr does not know. Such values are sent, because the service adds types
-- of resources, regions and products.
---@param client { log?: fun(event: table) }
---@param operation string
---@param doubts cbr.Doubt[]
function parameters.tell_doubts(client, operation, doubts)
  for _, doubt in ipairs(doubts) do
    log.tell(client, {
      event = "unknown_value", operation = operation, parameter = doubt.parameter, value = doubt.value,
    })
  end
end

return parameters
