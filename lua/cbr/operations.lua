--- The API as data, and the requests made from it. Source of each operation: its page of the CBR API reference.

local check = require "cbr.util.check"
local json = require "cbr.util.json"
local text = require "cbr.util.text"

---@class cbr.Operation
---@field name string official snake_case name, as in the SDKs
---@field alias? string this module's own name
---@field group string heading in the reference
---@field method string
---@field path string
---@field params cbr.ParameterRule[]
---@field wrap? string name of the object that holds the body's parameters
---@field unwrap? string field of the response that is the result; nil: the whole response
---@field no_content? boolean a success has no content; so has that of every DELETE
---@field list? string field of the response with the items of a list
---@field count? string field with the number of all items; default `count`
---@field idempotent? boolean a POST or PUT that can be sent twice without harm, with the same response both times. A
-- DELETE is not idempotent in this sense: its second response is an error
---@field task_type? string for an order: the type of its tasks, by which it can be found
---@field duplicate_codes? table<string, true> codes that reject an order as a duplicate
---@field same_id? string the parameter whose value the field `id` of the result repeats
---@field followed_by? string field of the result with the ids by which `client:wait` follows an order

---@class cbr.ParameterRule a rule of cbr.util.check, and more
---@field at "path"|"query"|"body" default: the path if it contains the name; else the query of GET and DELETE, and the
-- body of other methods
---@field wire? string the name that is sent, if the service misspells it or writes it in camel case
---@field as_text? boolean numbers are sent as strings
---@field service_default? any what the service assumes if the parameter is not sent

local operations = {}

local Operation = {}
Operation.__index = Operation

local fields_on_wire

-- The form in which a value is sent. An empty table can be a list or an object: the rule decides.
local function on_wire(rule, value)
  if rule.as_text then
    return text.of(value)
  elseif type(value) ~= "table" then
    return value
  elseif not rule.items then
    return fields_on_wire(rule.fields, value)
  elseif next(value) == nil then
    return json.empty_array
  elseif not rule.fields then
    return value
  end
  local list = {}
  for i, member in ipairs(value) do
    list[i] = fields_on_wire(rule.fields, member)
  end
  return list
end

function fields_on_wire(rules, values)
  local sent = {}
  for _, rule in ipairs(rules) do
    if values[rule.name] ~= nil then
      sent[rule.wire or rule.name] = on_wire(rule, values[rule.name])
    end
  end
  return sent
end

-- The problems of body parameters that cannot be encoded as JSON.
local function unencodable(rules, params)
  local problems = {}
  for _, rule in ipairs(rules) do
    local _, reason = json.encode { params[rule.name] }
    if rule.at == "body" and reason then
      problems[#problems + 1] = { parameter = rule.name, problem = "cannot be JSON: " .. reason }
    end
  end
  return problems
end

--- Checks parameters and builds the request. The table is not kept: the caller may change it while the call waits.
-- Every method that can have a body gets one, even without fields. Path and query are raw, not percent-encoded.
---@param params table
---@return table? request `method`, `path` (`{project_id}` in it is filled in later), `query?`, `headers`, `body?`,
-- `params`: a copy of the parameters, and `doubts`: values that are sent although cbr does not know them, or nil
---@return cbr.Problem[]? problems all problems
function Operation:request(params)
  local problems, doubts = check.problems(self.params, params)
  if #problems > 0 then
    return nil, problems
  end
  local parts, given = { path = {}, query = {}, body = {} }, {}
  for _, rule in ipairs(self.params) do
    local value = params[rule.name]
    given[rule.name] = value
    if value == nil then
      value = rule.default
    end
    if value ~= nil then
      parts[rule.at][rule.wire or rule.name] = on_wire(rule, value)
    end
  end
  local has_body, body = self.method ~= "GET" and self.method ~= "DELETE", nil
  if has_body then
    body = json.encode(self.wrap and { [self.wrap] = parts.body } or parts.body)
    if not body then
      return nil, unencodable(self.params, params)
    end
  end
  return {
    method = self.method,
    path = self.path:gsub("{([A-Za-z0-9_]+)}", parts.path),
    query = next(parts.query) and assert(text.query(parts.query)) or nil,
    headers = has_body and json.HEADERS_WITH_BODY or json.HEADERS,
    body = body,
    params = given,
    doubts = doubts,
  }
end

-- Heading in the API reference, and name of the file in lua/cbr/operations/. The groups have the sequence of the
-- reference.
local GROUPS = {
  { "Restore points", "restore_points" },
  { "Backups", "backups" },
  { "Tasks", "tasks" },
  { "Vaults", "vaults" },
  { "Policies", "policies" },
  { "Protection", "protection" },
  { "Backup sharing", "sharing" },
  { "Tags", "tags" },
  { "Features", "features" },
  { "Projects", "projects" },
  { "Prepaid orders", "prepaid_orders" },
  { "Usage", "usage" },
  { "Organization policies", "organization_policies" },
  { "Agents", "agents" },
}

-- A rule with all of its fields. A path parameter is always mandatory.
local function complete(rule, operation)
  local whole = {}
  for field, value in pairs(rule) do
    whole[field] = value
  end
  local in_path = operation.path:find("{" .. rule.name .. "}", 1, true)
  local in_query = operation.method == "GET" or operation.method == "DELETE"
  whole.at = rule.at or (in_path and "path") or (in_query and "query") or "body"
  if whole.at == "path" then
    whole.required, whole.form = true, rule.form or "segment"
  end
  return whole
end

for _, group in ipairs(GROUPS) do
  for name, operation in pairs(require("cbr.operations." .. group[2])) do
    assert(not operations[name], name)
    operation.name, operation.group = name, group[1]
    local params = {}
    for i, rule in ipairs(operation.params) do
      params[i] = complete(rule, operation)
    end
    operation.params = params
    operations[name] = setmetatable(operation, Operation)
  end
end

return operations
