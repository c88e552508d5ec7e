--- From an operation and its parameters to the request that is sent.

local json = require "cbr.util.json"
local request = require "cbr.custom_request"
local text = require "cbr.util.text"

local build = {}

-- What is sent for a value. A table without members does not say whether it is a list; its rule does.
local function on_wire(rule, value)
  if rule.as_text then
    return text.of(value)
  elseif rule.type == "list" and next(value) == nil then
    return json.empty_array
  end
  return value
end

-- Which parameters cannot be JSON.
local function unfit(rules, params)
  local problems = {}
  for _, rule in ipairs(rules) do
    local _, reason = json.encode { params[rule.name] }
    if rule.at == "body" and reason then
      problems[#problems + 1] = { parameter = rule.name, problem = "cannot be JSON: " .. reason }
    end
  end
  return problems
end

--- Builds one. A body goes with every method that can have one, even if it has no fields; a query and a path are raw.
---@param operation table of cbr.operations
---@param params table parameters in which `check.problems` finds none
---@return table? request `method`, `path`, `query`, `headers`, `body?`
---@return cbr.Problem[]? problems what cannot be written as JSON
function build.request(operation, params)
  local found = { path = {}, query = {}, body = {} }
  for _, rule in ipairs(operation.params) do
    local value = params[rule.name]
    if value == nil then
      value = rule.default
    end
    if value ~= nil then
      found[rule.at][rule.wire or rule.name] = on_wire(rule, value)
    end
  end
  local has_body, body = operation.method ~= "GET" and operation.method ~= "DELETE", nil
  if has_body then
    body = json.encode(operation.wrap and { [operation.wrap] = found.body } or found.body)
    if not body then
      return nil, unfit(operation.params, params)
    end
  end
  return {
    method = operation.method,
    path = operation.path:gsub("{([%w_]+)}", found.path), -- {project_id} stays, to be filled in for the call
    query = assert(text.query(found.query)),
    headers = request.headers(has_body),
    body = body,
  }
end

return build
