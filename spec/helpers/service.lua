--- Calls operations of the service by name, in the sandbox and without cbr in between. Each successful response is also
-- compared with the documented types.

local api = require "spec.data.api"
local assert = require "luassert"
local raw_client = require "spec.helpers.raw_client"
local response_types = require "spec.helpers.response_types"
local support = require "spec.helpers.support"

local fixtures = support.fixtures

local service = {}

local documented = {}
for _, operation in ipairs(api) do
  documented[operation.name] = operation
end

--- Restores the sandbox's initial state. Tasks stand still until a spec moves the clock forward.
function service.reset()
  support.sandbox.reset()
  support.sandbox.time_scale(0.001)
end

local function encoded(text)
  return (tostring(text):gsub("[^%w%-._~]", function(byte) return ("%%%02X"):format(byte:byte()) end))
end

-- The query string of the parameters that are not in the path. A list repeats its key for each member.
local function query_of(params, in_path)
  local pieces = {}
  for name, value in pairs(params) do
    if not in_path[name] and name ~= "body" then
      for _, one in ipairs(type(value) == "table" and value or { value }) do
        pieces[#pieces + 1] = name .. "=" .. encoded(one)
      end
    end
  end
  table.sort(pieces)
  return #pieces > 0 and "?" .. table.concat(pieces, "&") or ""
end

---@param operation string
---@param params? table path and query parameters, and `body`
---@param project? string a project of the fixtures; "home" unless given
---@return { status: integer, text: string, body: table? } response
function service.call(operation, params, project)
  params = params or {}
  local known = assert(documented[operation], operation)
  local in_path = { project_id = true }
  local path = known.path:gsub("{([%w_]+)}", function(name)
    in_path[name] = true
    local value = name == "project_id" and fixtures.projects[project or "home"].id or params[name]
    return encoded(assert(value, name))
  end)
  local token = fixtures.tokens[project or "home"].value
  local response = raw_client.send(path .. query_of(params, in_path), {
    method = known.method, body = params.body, headers = { ["x-auth-token"] = token },
  })
  if response.status < 300 then
    assert.same({}, response_types.problems(operation, response.text))
  end
  return response
end

--- Like `call`, for a call that must succeed. Returns the body of the response, or nothing without a body.
---@return any body
function service.get(operation, params, project)
  local response = service.call(operation, params, project)
  if response.status >= 300 then
    error(("%s: %d %s"):format(operation, response.status, response.text), 2)
  end
  return response.body
end

--- Like `call`, for a call that must be rejected.
---@return string code the error code, without the name of the service
function service.rejection(operation, params, project)
  local response = service.call(operation, params, project)
  if response.status < 300 or not response.body then
    error(("%s was not rejected: %d %s"):format(operation, response.status, response.text), 2)
  end
  return (response.body.error_code:gsub("^BackupService%.", ""))
end

return service
