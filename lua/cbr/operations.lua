--- The API as data, and the requests made from it. Source of each operation: its page of the CBR API reference.

local check = require "cbr.util.check"
local json = require "cbr.util.json"
local late = require "cbr.util.late"
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
---@field no_content? boolean the response to a success has no content, as with every DELETE
---@field list? string field of the response with the items of a list
---@field count? string field with the number of all items; default `count`
---@field idempotent? boolean a POST or PUT that can be sent twice without harm, with the same response both times. A
-- DELETE is not idempotent in this sense: its second response is an error
---@field order_kind? cbr.OrderKind kind of an order, by which a lost order is searched for
---@field looks_up_project? boolean `destination_project_id` may be left out
---@field names? cbr.NamedId[] ids that can be looked up; this table also has the field `looks_up_project`
---@field same_id? string the parameter whose value the field `id` of the result repeats
---@field has_tables? boolean one of the parameters is a table
---@field starts? string type of the task that an operation without content starts, for `client:wait`
---@field followed_by? string field of the result with the ids by which `client:wait` follows an order

---@class cbr.ParameterRule a rule of cbr.util.check, and more
---@field at "path"|"query"|"body" default: the path if it contains the name; else the query of GET and DELETE, and the
-- body of other methods
---@field wire? string the name that is sent, if the service misspells it or writes it in camel case
---@field as_text? boolean numbers are sent as strings
---@field by_name? boolean false: the parameter is the id of a vault whose region cbr does not know, so the vault cannot
-- be given by name
---@field service_default? any what the service assumes if the parameter is not sent
---@field is_lower? boolean|string as in cbr.TextForm

--- Name -> operation. The names are known at once; the rest of an operation is loaded when a field of the
-- operation is first read.
---@type table<string, cbr.Operation>
local operations = {}

local Operation = {}
Operation.__index = Operation

local fields_on_wire

-- Returns the form in which a value is sent. An empty table can be a list or an object: the rule decides.
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

local NOT_A_LIST = { [0] = true }
local with_plain_fields

-- Returns a copy of a table, without metatables as far as the rule describes the parts of the table.
local function plain(rule, value)
  if type(value) ~= "table" or not rule.fields and not rule.items then
    return value
  elseif not rule.items then
    return with_plain_fields(rule.fields, value)
  end
  local copy = {}
  for i, member in pairs(value) do
    copy[i] = rule.fields and type(member) == "table" and with_plain_fields(rule.fields, member) or member
  end
  return #copy == #value and copy or NOT_A_LIST
end

-- Returns a copy of a table with the fields that the rules name, inherited fields included. Each field is read once: a
-- function may compute a field, and the value that is checked must be the value that is sent.
function with_plain_fields(rules, values)
  local copy = {}
  for name, value in pairs(values) do
    copy[name] = value
  end
  for _, rule in ipairs(rules) do
    local value = copy[rule.name]
    if value == nil then
      value = values[rule.name]
    end
    copy[rule.name] = plain(rule, value)
  end
  return copy
end

-- Returns the problems of body parameters that cannot be encoded as JSON.
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

--- Checks parameters and builds the request. The table `params` is not kept, so the caller may change it while
-- the call waits. Every request whose HTTP method allows a body has one, even without fields. Path and query are
-- raw, not percent-encoded.
---@param params table
---@return table? request `method`, `path` (`{project_id}` in it is filled in later), `query?`, `headers`, `body?`,
-- `params`: a copy of the parameters, and `doubts`: values that are sent although cbr does not know them, or nil
---@return cbr.Problem[]? problems all problems
function Operation:request(params)
  if self.has_tables or getmetatable(params) then
    params = with_plain_fields(self.params, params)
  end
  local problems, doubts = check.problems(self.params, params)
  if #problems > 0 then
    return nil, problems
  end
  local parts, given = { path = {}, query = {}, body = {} }, {}
  for _, rule in ipairs(self.params) do
    local value = params[rule.name]
    if rule.is_lower and type(value) == "string" and value:find "[A-Z]"
      and (rule.is_lower == true or value:find(rule.is_lower)) then
      value = text.lower(value)
    end
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

-- The groups of the reference, in the sequence of the reference. Each group has a heading, the name of its file in
-- lua/cbr/operations/, and the names of its operations. `name=alias` also gives the alias of this module.
local GROUPS = {
  { "Restore points", "restore_points", "copy_checkpoint=replicate create_checkpoint import_checkpoint=sync "
    .. "show_checkpoint" },
  { "Backups", "backups", "copy_backup delete_backup import_backup list_backups restore_backup show_backup "
    .. "show_metadata update_backup" },
  { "Tasks", "tasks", "list_op_logs show_op_log" },
  { "Vaults", "vaults", "add_vault_resource associate_vault_policy batch_update_vault create_post_paid_vault "
    .. "create_vault delete_vault disassociate_vault_policy list_external_vault list_vault migrate_vault_resource "
    .. "remove_vault_resource set_vault_resource show_summary show_vault update_vault" },
  { "Policies", "policies", "create_policy delete_policy list_policies show_policy update_policy" },
  { "Protection", "protection", "check_agent list_protectable show_protectable show_replication_capabilities" },
  { "Backup sharing", "sharing", "add_member delete_member show_member_detail show_members_detail "
    .. "update_member_status" },
  { "Tags", "tags", "batch_create_and_delete_vault_tags create_vault_tags delete_vault_tag show_vault_project_tag "
    .. "show_vault_resource_instances show_vault_tag" },
  { "Features", "features", "list_features show_feature" },
  { "Projects", "projects", "list_domain_projects list_projects migrate_domain show_domain show_migrate_status" },
  { "Prepaid orders", "prepaid_orders", "change_order change_vault_charge_mode update_order" },
  { "Usage", "usage", "show_storage_usage" },
  { "Organization policies", "organization_policies", "create_organization_policy delete_organization_policy "
    .. "list_organization_policies list_organization_policy_detail show_organization_policy "
    .. "update_organization_policy" },
  { "Agents", "agents", "add_agent_path list_agent register_agent remove_agent_path show_agent unregister_agent "
    .. "update_agent" },
}

-- Returns a copy of a rule with all of its fields set. A path parameter is always mandatory.
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
  whole.is_lower = whole.form and check.forms[whole.form].is_lower
  return whole
end

-- Name of the parameter with a vault's id -> name of the parameter that can give the vault's name in its place.
local VAULT_NAMES = { vault_id = "vault", destination_vault_id = "destination_vault" }

-- Returns the ids of an operation that can be looked up; nil if the operation has no such id. The project is looked up
-- before the vault, because the vault is in the project.
local function names_of(operation, params)
  local names = { looks_up_project = operation.looks_up_project }
  if names.looks_up_project then
    names[1] = { id = "destination_project_id", look_up = "project" }
  end
  for _, rule in ipairs(params) do
    local name = rule.by_name ~= false and VAULT_NAMES[rule.name]
    names[#names + 1] = name and { id = rule.name, name = name, look_up = "vault" } or nil
  end
  return names[1] and names or nil
end

-- Loads the operations of a group into their stand-ins.
local function load_group(file, stand_ins)
  local loaded = late.load("cbr.operations." .. file)
  for name, stand_in in pairs(stand_ins) do
    local operation = assert(loaded[name], name)
    local params = {}
    for i, rule in ipairs(operation.params) do
      params[i] = complete(rule, operation)
      operation.has_tables = operation.has_tables or rule.fields ~= nil or rule.items ~= nil
    end
    for field, value in pairs(operation) do
      stand_in[field] = value
    end
    stand_in.params, stand_in.names = params, names_of(operation, params)
    late.pending[stand_in] = nil
    setmetatable(stand_in, Operation)
  end
end

for _, group in ipairs(GROUPS) do
  local heading, file, names = group[1], group[2], group[3]
  local stand_ins = {}
  local function load_operations()
    load_group(file, stand_ins)
  end
  for name, alias in names:gmatch "([a-z_]+)=?([a-z_]*)" do
    stand_ins[name] = late.stand_in({ name = name, group = heading, alias = alias ~= "" and alias or nil },
      load_operations)
    operations[name] = stand_ins[name]
  end
end

return operations
