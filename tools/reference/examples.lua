--- Makes one example call of each operation, as Lua code. Parameters that have no value here get a value by their name.
-- The ids of vaults, backups and resources exist in the sandbox, so that many examples succeed there.

local examples = {}

local SERVER = "c15521b1-b3dc-450a-adaa-37e51b591d75" -- a server that is in no vault
local VAULTS_SERVER = "7379f99e-c640-44c5-90b8-e00000000001"
local TAG = { key = "team", value = "web" }

-- The value of each parameter. The key is the path of the parameter, or the end of the path.
local VALUES = {
  vault_id = "7379f99e-c640-44c5-90b8-e4650dab754e",
  backup_id = "7379f99e-c640-44c5-90b8-000000000001",
  checkpoint_id = "7379f99e-c640-44c5-90b8-c00000000001",
  policy_id = "5ad8b7a4-2f6e-4d0a-bb36-9e8c1d2f7a44",
  operation_log_id = "9f1d6c3a-4e2b-47c8-a9d0-1b3c5e7f9a55",
  destination_project_id = "33eab65e403de501d06e70af815cef70",
  destination_region = "cn-east-3",
  destination_vault_id = "a6cd9fe8-5eda-48ee-9ebb-5d48afbaa185",
  external_project_id = "33eab65e403de501d06e70af815cef70",
  region_id = "cn-east-3",
  source_project_id = "84edefdec172da850d63c04dc1be2c5b",
  member_id = "b0c15c622e945343b5c5d4f7a35bb1dd",
  protectable_type = "server",
  instance_id = SERVER,
  resource_ids = { VAULTS_SERVER },
  organization_policy_id = "op-7d1f",
  agent_id = "agent-1",
  order_id = "CS2311010930",
  feature_key = "replication.enable",
  domain_name = "acme",
  key = "team",
  resource_id = SERVER,
  product_id = "OFFI573267683517042688",
  resource_size = 200,
  resource_spec_code = "vault.backup.server.normal",
}

-- The parameters of an operation's example, for operations whose mandatory parameters alone would say too little.
local PARAMS = {
  create_checkpoint = { parameters = { name = "before-update", description = "before the update of May" } },
  import_checkpoint = { vault_id = "8cee8ced-bfc3-407c-ae31-e7f9d9ccf4d0" },
  list_backups = { vault_id = VALUES.vault_id, status = "available", limit = 100 },
  import_backup = { sync = { {
    backup_id = VALUES.backup_id, backup_name = "web", bucket_name = "hybrid-backups", image_path = "backups/web/1",
    resource_id = SERVER, resource_name = "web", resource_type = "OS::VMware::Server", created_at = 1762000000,
  } } },
  update_backup = { name = "before-update" },
  copy_backup = { name = "web-copy" },
  restore_backup = {
    server_id = VAULTS_SERVER, power_on = false,
    mappings = { {
      backup_id = "2d9b3f7e-6c1a-4f0b-8e5d-7a9c1b3d5f22", volume_id = "c4d5e6f7-0819-4a2b-8c3d-4e5f60718293",
    } },
  },
  list_op_logs = { operation_type = "backup", status = "failed", start_time = "2026-05-01T00:00:00Z" },
  list_vault = { object_type = "server", status = "available" },
  create_vault = {
    name = "servers", description = "all web servers", tags = { TAG },
    billing = { protect_type = "backup", object_type = "server", size = 200, consistent_level = "crash_consistent" },
    resources = { { id = SERVER, type = "OS::Nova::Server" } },
  },
  batch_update_vault = { smn_notify = true, threshold = 90 },
  list_external_vault = { protect_type = "replication" },
  create_post_paid_vault = {
    name = "servers",
    billing = {
      protect_type = "backup", object_type = "server", size = 200, consistent_level = "crash_consistent",
      charging_mode = "pre_paid", period_type = "month", period_num = 1,
    },
  },
  update_vault = { name = "web-servers", billing = { size = 400 }, auto_expand = true },
  add_vault_resource = { resources = { { id = SERVER, type = "OS::Nova::Server", name = "web" } } },
  associate_vault_policy = { policy_id = VALUES.policy_id },
  migrate_vault_resource = { destination_vault_id = "6d132719-0417-421f-80b9-9f99521d69ab" },
  set_vault_resource = { action = "suspend" },
  list_policies = { operation_type = "backup" },
  create_policy = {
    name = "nightly", operation_type = "backup",
    operation_definition = { retention_duration_days = 30 },
    trigger = { properties = { pattern = { "FREQ=DAILY;INTERVAL=1;BYHOUR=2;BYMINUTE=0" } } },
  },
  update_policy = { enabled = false },
  check_agent = { agent_status = { { resource_id = SERVER, resource_type = "OS::Nova::Server" } } },
  add_member = { members = { VALUES.member_id } },
  update_member_status = { status = "accepted", vault_id = VALUES.vault_id },
  show_vault_resource_instances = { action = "filter", tags = { { key = "team", values = { "web" } } } },
  create_vault_tags = { tag = TAG },
  batch_create_and_delete_vault_tags = { action = "create", tags = { TAG } },
  migrate_domain = { all_regions = false, reservation = 0.2 },
  change_order = { resource_id = VALUES.vault_id },
  update_order = { resource_id = VALUES.vault_id },
  change_vault_charge_mode = { vault_ids = { VALUES.vault_id }, charging_mode = "pre_paid", period_type = "month",
    period_num = 1 },
  list_organization_policies = { operation_type = "backup" },
  create_organization_policy = {
    name = "all-accounts", operation_type = "backup", policy_name = "nightly", policy_enabled = true,
    policy_operation_definition = { retention_duration_days = 30 },
    policy_trigger = { properties = { pattern = { "FREQ=DAILY;INTERVAL=1;BYHOUR=2;BYMINUTE=0" } } },
  },
  update_organization_policy = { policy_enabled = false },
  register_agent = {
    host_name = "files-1", host_ip = "192.0.2.10", host_os = "Linux", agent_version = "1.0.12",
  },
  update_agent = { status = "uninstall" },
  add_agent_path = { add_path = { "/srv/files" } },
  remove_agent_path = { remove_path = { "/srv/files" } },
}

local function value_for(parameter)
  local value = VALUES[parameter.name]
  if value ~= nil then
    return value
  end
  local fields = {}
  for _, field in ipairs(parameter.fields or {}) do
    if field.required then
      fields[field.name] = value_for(field)
    end
  end
  assert(next(fields), "tools/reference/examples.lua has no value for " .. parameter.name)
  return parameter.type == "list" and { fields } or fields
end

--- The parameters of the example of an operation.
---@param description cbr.Description
---@return table
function examples.params(description)
  local params = {}
  for name, value in pairs(PARAMS[description.name] or {}) do
    params[name] = value
  end
  for _, parameter in ipairs(description.parameters) do
    if parameter.required and params[parameter.name] == nil then
      params[parameter.name] = value_for(parameter)
    end
  end
  return params
end

local WIDTH = 100 -- maximum length of a line, in columns

local write

-- Writes the members of a list, or the fields of an object in the order of `parameters`. Returns a list of texts.
local function write_members(value, parameters, indent)
  local parts = {}
  if value[1] ~= nil then
    for i, member in ipairs(value) do
      parts[i] = write(member, parameters, indent)
    end
    return parts
  end
  for _, parameter in ipairs(parameters) do
    local field = value[parameter.name]
    if field ~= nil then
      parts[#parts + 1] = parameter.name .. " = " .. write(field, parameter.fields, indent)
    end
  end
  return parts
end

function write(value, parameters, indent)
  if type(value) ~= "table" then
    return type(value) == "string" and ("%q"):format(value) or tostring(value)
  end
  local short = "{ " .. table.concat(write_members(value, parameters, ""), ", ") .. " }"
  if #short + #indent <= WIDTH - 20 and not short:find "\n" then
    return short
  end
  local inner = indent .. "  "
  return ("{\n%s%s,\n%s}"):format(inner, table.concat(write_members(value, parameters, inner), ",\n" .. inner), indent)
end

-- The name of the variable that gets the result.
local function variable(description)
  local result = description.result
  local first = result.fields and result.fields[1]
  return result.type == "true" and "done" or result.object and result.object:gsub("^organization_", "")
    or first and first.items and #result.fields <= 2 and "page" or "result"
end

--- The example of an operation.
---@param description cbr.Description
---@return string
function examples.code(description)
  local params, name = examples.params(description), variable(description)
  local call = next(params) and " {\n" or " {}"
  if next(params) then
    for _, part in ipairs(write_members(params, description.parameters, "  ")) do
      call = call .. "  " .. part .. ",\n"
    end
    call = call .. "}"
  end
  local shown = name
  local first = description.result.fields and description.result.fields[1]
  if first and first.name ~= "*" and first.type ~= "list" and first.type ~= "object" and name ~= "done"
    and description.result.type ~= "list" then
    shown = ("%s and %s.%s"):format(name, name, first.name)
  elseif first and first.type == "list" then
    shown = ("%s and #%s.%s"):format(name, name, first.name)
  elseif description.result.type == "list" then
    shown = ("%s and #%s"):format(name, name)
  end
  return ([[
local cbr = require "cbr"
local client = cbr.assert(cbr.new())

local %s, err = client:%s%s
print(%s or err)]]):format(name, description.alias or description.name, call, shown)
end

return examples
