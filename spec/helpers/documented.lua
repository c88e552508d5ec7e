--- Compares operations with the API reference (spec/data/api.lua). Each operation is sent once to the sandbox with a
-- value for every parameter, and the request that arrives is compared field by field.

local api = require "spec.data.api"
local assert = require "luassert"
local json = require "cbr.util.json"
local operations = require "cbr.operations"
local samples = require "spec.helpers.samples"
local support = require "spec.helpers.support"

local documented = {}

local sandbox, fixtures = support.sandbox, support.fixtures

local function encoded(text)
  return (text:gsub("[^A-Za-z0-9%-._~]", function(byte) return ("%%%02X"):format(byte:byte()) end))
end

local function decoded(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

-- The query of a URI: for each name, the list of its values in the order of arrival.
local function query_of(uri)
  local query = {}
  for name, value in (uri:match "%?(.*)$" or ""):gmatch "([^&=]+)=([^&]*)" do
    query[name] = query[name] or {}
    table.insert(query[name], decoded(value))
  end
  return query
end

-- For each parameter whose name the service misspells or writes in camel case: the service's name -> cbr's name.
local OUR_NAMES = {
  objcet_type = "object_type", cloudServiceConsoleURL = "cloud_service_console_url", productInfo = "product_info",
  resourceId = "resource_id",
}

-- The same for the parameters inside `productInfo` of update_order.
local OUR_NAMES_OF_PRODUCT = {
  productId = "product_id", resourceSize = "resource_size", resourceSizeMeasureId = "resource_size_measure_id",
  resourceSpecCode = "resource_spec_code",
}

-- The value that must arrive for a parameter of the API reference. Every parameter has a value.
local function value_of(params, name)
  local value = params[name]
  if value == nil then
    value = params[OUR_NAMES[name]]
  end
  assert.is_not_nil(value, name)
  if name == "productInfo" then
    local sent = {}
    for wire, ours in pairs(OUR_NAMES_OF_PRODUCT) do
      sent[wire] = value[ours]
    end
    return sent
  end
  return value
end

--- The operations of a group in the API reference.
---@param group string
---@return cbr.spec.Documented[]
function documented.group(group)
  local list = {}
  for _, known in ipairs(api) do
    if known.group == group then
      list[#list + 1] = known
    end
  end
  return list
end

--- The name of a test of one operation.
---@param known cbr.spec.Documented
---@return string
function documented.title(known)
  return ("cbr sends %s as %s %s"):format(known.name, known.method, known.path)
end

--- Asserts that a module of cbr.operations has exactly the operations that the API reference has in the same group.
---@param group string the name of the module and of the group
---@param count integer number of operations
function documented.is_complete(group, count)
  local names, wanted = {}, {}
  for name in pairs(require("cbr.operations." .. group)) do
    names[#names + 1] = name
  end
  for i, known in ipairs(documented.group(group)) do
    wanted[i] = known.name
  end
  table.sort(names)
  table.sort(wanted)
  assert.same(wanted, names)
  assert.equal(count, #names)
end

local client -- is made for the first operation, and used for all operations

--- Performs an operation that sends one request.
---@param name string
---@param params table
---@return table request the request that arrived; `path` is the part of `uri` after the project id
---@return any response
---@return cbr.Error? err
function documented.sent(name, params)
  client = client or support.client()
  sandbox.clear_requests()
  local response, err = client[name](client, params)
  local requests = sandbox.requests()
  assert.equal(1, #requests, name .. ": " .. tostring(err))
  requests[1].path = requests[1].uri:match("^/v3/" .. fixtures.projects.home.id .. "(/.*)$")
  return requests[1], response, err
end

--- Asserts that an operation with a value for every parameter is sent as the API reference says.
---@param known cbr.spec.Documented
function documented.is_sent(known)
  local params = samples.values(operations[known.name].params)
  local request, _, err = documented.sent(known.name, params)
  assert.equal(known.method, request.method)

  local path = known.path:gsub("{project_id}", fixtures.projects.home.id):gsub("{([A-Za-z0-9_]+)}", function(name)
    return encoded(params[name])
  end)
  assert.equal(path, (request.uri:gsub("%?.*", "")))

  local query = {}
  for _, name in ipairs(known.query) do
    local value = value_of(params, name)
    query[name] = {}
    for i, member in ipairs(type(value) == "table" and value or { value }) do
      query[name][i] = tostring(member)
    end
  end
  assert.same(query, query_of(request.uri))

  if known.method == "GET" or known.method == "DELETE" then
    assert.equal("", request.body or "")
    assert.is_nil(request.headers["content-type"])
  else
    local body = {}
    for _, name in ipairs(known.body) do
      body[name] = value_of(params, name)
    end
    if known.name == "show_vault_resource_instances" then -- this operation alone sends numbers as strings
      body.limit, body.offset = tostring(body.limit), tostring(body.offset)
    end
    assert.same(known.wrapper and { [known.wrapper] = body } or body, json.decode(request.body))
  end
  if err then
    assert.equal(known.method ~= "GET", err.outcome ~= nil, tostring(err))
  end
end

-- A value of the given size: the number itself, a text of `size` characters, or a list of `size` members.
local function value_of_size(rule, size)
  if rule.type == "string" then
    return ("a"):rep(size)
  elseif rule.type == "integer" or rule.type == "number" then
    return size
  end
  return support.list(size, samples.value(rule)[1])
end

-- The problem that cbr reports for one parameter, in a request without other parameters; nil: no problem.
local function problem_of(operation, rule, value)
  local _, problems = operation:request { [rule.name] = value }
  for _, problem in ipairs(problems or {}) do
    if problem.parameter == rule.name then
      return problem.problem
    end
  end
end

--- Asserts that an operation requires the parameters that the API reference requires, and that the operation accepts
-- exactly the sizes of numbers, texts and lists that the reference allows.
---@param known cbr.spec.Documented
function documented.has_limits(known)
  local operation, required, limits = operations[known.name], {}, {}
  for _, rule in ipairs(operation.params) do
    local name = rule.wire or rule.name
    if rule.at ~= "path" and problem_of(operation, rule, nil) == "is missing" then
      required[#required + 1] = name
    end
    local least = rule.min or rule.from or rule.least or (rule.filled or rule.at == "path") and rule.max and 1
    local most = rule.max or rule.to or rule.most
    if least or most then
      limits[#limits + 1] = ("%s=%d-%s"):format(name, least or 0, most or "")
      for _, size in ipairs { least or 0, most or 5000 } do
        assert.is_nil(problem_of(operation, rule, value_of_size(rule, size)), name)
      end
      if (least or 0) > 0 or rule.from then
        assert.is_string(problem_of(operation, rule, value_of_size(rule, least - 1)), name)
      end
      if most then
        assert.is_string(problem_of(operation, rule, value_of_size(rule, most + 1)), name)
      end
    end
  end
  table.sort(required)
  table.sort(limits)
  assert.same(known.required, required)
  assert.same(known.limits, limits)
end

return documented
