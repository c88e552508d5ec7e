--- The methods of a client that send nothing, and that a closed client has too: problems and describe. This module is
-- loaded when one of them is first used. Each function gets functions of cbr.client as its first argument. A raised
-- error names the line that called the client's method.

local json = require "cbr.util.json"
local late = require "cbr.util.late"
local parameters = require "cbr.parameters"

local describe = late "cbr.describe"
local names = late "cbr.names"

local offline_methods = {}

--- Checks parameters without sending anything: returns the `problems` of the error that the operation would return. The
-- check never waits, so it works with a closed client, too, and in every phase of nginx.
---@param from cbr.FromClient see cbr.more_methods
---@param name string official name of an operation, or its alias
---@param params table parameters of the operation
---@return cbr.Problem[]? problems empty if the request would be sent
---@return cbr.Error? err if a file of cbr cannot be read
function offline_methods.problems(from, _, name, params)
  from.must_be_known("problems", name, 4)
  from.must_be_table("problems", params, 4)
  local operation = from.by_name[name]
  local context = { operation = "problems" }
  local err = from.load_error(context, operation)
  local is_named = not err and from.has_names(operation, params)
  err = err or is_named and from.load_error(context, names)
  if err then
    return nil, err
  end
  local problems
  if is_named then
    problems = names.problems(operation, params)
  else
    problems = select(2, operation:request(params))
  end
  parameters.explain(problems or {})
  return json.list(problems or {})
end

--- Describes what an operation takes and returns: its parameters, nested ones included, with types, limits, values and
-- meanings, and the fields of its result. Nothing is sent, and the client may be closed.
---@param from cbr.FromClient see cbr.more_methods
---@param name string official name of an operation, or its alias
---@return cbr.Description? description plain data: a new table at each call
---@return cbr.Error? err if a file of cbr cannot be read
function offline_methods.describe(from, _, name)
  from.must_be_known("describe", name, 4)
  local err = from.load_error({ operation = "describe" }, describe, from.by_name[name])
  if err then
    return nil, err
  end
  return describe.operation(from.by_name[name])
end

return offline_methods
