-- The sandbox checks requests by the API pages: what is mandatory, what is unknown, types and limits, at every depth.

local cjson = require "cjson"
local service = require "spec.helpers.service"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures
local UUID, SERVER = fixtures.nowhere.id, "OS::Nova::Server"

local PATTERN = { properties = { pattern = { "FREQ=DAILY;BYHOUR=3" } } }
local BILLING = { consistent_level = "crash_consistent", object_type = "server", protect_type = "backup", size = 100 }
local RESOURCE = { id = UUID, type = SERVER }
local ORGANIZATION_POLICY = {
  name = "n", operation_type = "backup", policy_enabled = true, policy_name = "n", policy_trigger = PATTERN,
  policy_operation_definition = { max_backups = 1 },
}
local IMPORTED = {
  backup_id = UUID, backup_name = "n", bucket_name = "b", image_path = "i", created_at = 1, resource_id = UUID,
  resource_name = "r", resource_type = SERVER,
}

-- For each operation that takes a body: a valid body, the path of a field, and a value that is invalid for this field.
local BODIES = {
  { "create_checkpoint", { checkpoint = { vault_id = UUID } }, "checkpoint.parameters.incremental", "yes" },
  { "copy_checkpoint", { replicate = support.replicate_params() }, "replicate.auto_trigger", 1 },
  { "import_checkpoint", { sync = { vault_id = UUID, auto_trigger = true } }, "sync.vault_id", "no uuid" },
  { "import_backup", { sync = { IMPORTED } }, "sync.1.created_at", "1" },
  { "update_backup", { backup = { name = "n" } }, "backup.name", "a b" },
  { "copy_backup", { replicate = { destination_project_id = ("0"):rep(32), destination_region = "r",
    destination_vault_id = UUID } }, "replicate.description", "<b>" },
  { "restore_backup", { restore = { mappings = { { backup_id = UUID, volume_id = UUID } } } },
    "restore.details.destination_path", "" },
  { "add_member", { members = { ("0"):rep(32) } }, "members.1", "x" },
  { "update_member_status", { status = "pending" }, "status", "lost" },
  { "create_vault", { vault = { name = "n", billing = BILLING, resources = { RESOURCE } } }, "vault.billing.size", 9 },
  { "batch_update_vault", { vault = { threshold = 1 } }, "vault.threshold", 101 },
  { "create_post_paid_vault", { vault = { billing = BILLING, resources = { RESOURCE } } },
    "vault.parameters.combined_order.combined_order_num", 0 },
  { "change_vault_charge_mode", { vault_ids = { UUID }, period_num = 1, period_type = "year" }, "period_num", 10 },
  { "update_vault", { vault = { name = "n" } }, "vault.billing.consistent_level", "none" },
  { "add_vault_resource", { resources = { RESOURCE } }, "resources.1.extra_info.exclude_volumes", "one" },
  { "remove_vault_resource", { resource_ids = { UUID } }, "resource_ids.1", "a b" },
  { "set_vault_resource", { action = "suspend", resource_ids = { UUID } }, "action", "stop" },
  { "migrate_vault_resource", { destination_vault_id = UUID, resource_ids = { UUID } }, "destination_vault_id", 1 },
  { "associate_vault_policy", { policy_id = UUID }, "destination_vault_id", "a/b" },
  { "disassociate_vault_policy", { policy_id = UUID }, "policy_id", true },
  { "create_policy", { policy = { name = "n", operation_type = "backup", trigger = PATTERN,
    operation_definition = { max_backups = 1 } } }, "policy.operation_definition.week_backups", 101 },
  { "update_policy", { policy = { name = "n" } }, "policy.trigger.properties.pattern", { 1 } },
  { "check_agent", { agent_status = { { resource_id = UUID, resource_type = SERVER } } },
    "agent_status.1.resource_name", 1 },
  { "show_vault_resource_instances", { action = "filter" }, "tags", { { key = "k", values = "v" } } },
  { "create_vault_tags", { tag = { key = "k", value = "v" } }, "tag.key", "" },
  { "batch_create_and_delete_vault_tags", { action = "create", tags = { { key = "k", value = "v" } } },
    "tags.1.value", 1 },
  { "change_order", { resource_id = UUID, product_info = { product_id = "p", resource_size = 10,
    resource_spec_code = "vault.backup.server.normal" } }, "product_info.resource_size", 10.5 },
  { "update_order", { resourceId = UUID, productInfo = { productId = "p", resourceSize = 10, resourceSpecCode = "c" } },
    "productInfo.resourceSizeMeasureId", "17" },
  { "create_organization_policy", { policy = ORGANIZATION_POLICY }, "policy.policy_enabled", "true" },
  { "update_organization_policy", { policy = { name = "n" } }, "policy.policy_operation_definition.day_backups", -1 },
  { "register_agent", { agent = { agent_id = "a", host_ip = "i", host_name = "h", host_os = "o" } },
    "agent.host_nickname", {} },
  { "update_agent", { agent = { status = "uninstall" } }, "agent.status", 1 },
  { "add_agent_path", { add_path = { "/a" } }, "exclude_path", { { path_name = 1 } } },
  { "remove_agent_path", { remove_path = { "/a" } }, "remove_path", "/a" },
  { "migrate_domain", { all_regions = true, reservation = 0.2 }, "reservation", 1.1 },
}

-- A valid value for each parameter in the path of a request.
local PATH = {
  backup_id = UUID, member_id = UUID, vault_id = UUID, policy_id = UUID, order_id = UUID, agent_id = UUID,
  organization_policy_id = UUID,
}

local function send(operation, body)
  local params = { body = body }
  support.merge(params, PATH)
  local response = service.call(operation, params)
  return response.body and response.body.error_code, response.body and response.body.error_msg or ""
end

-- Returns a copy of a body with the value at a path replaced. Objects that are missing on the path are made.
local function with(body, path, value)
  local copy = cjson.decode(cjson.encode(body))
  local place, last = copy, path:match "[^.]+$"
  for name in path:sub(1, -#last - 1):gmatch "[^.]+" do
    local key = tonumber(name) or name
    place[key] = place[key] or {}
    place = place[key]
  end
  place[tonumber(last) or last] = value
  return copy
end

-- Returns the sandbox's name of the field at a path: "resources.1.id" becomes "resources[0].id".
local function shown(path)
  return (path:gsub("%.(%d+)", function(n) return ("[%d]"):format(n - 1) end))
end

describe("the sandbox's checks of requests #wire", function()
  before_each(service.reset)
  teardown(sandbox.reset)

  for _, row in ipairs(BODIES) do
    local operation, body, path, value = row[1], row[2], row[3], row[4]

    it(operation .. " rejects a wrong value of " .. path .. ", and an unknown key", function()
      assert.is_not.equal("BackupService.9900", (send(operation, body)))
      local code, message = send(operation, with(body, path, value))
      assert.equal("BackupService.9900", code)
      local field = type(value) == "table" and path or shown(path)
      assert.matches("invalid value for " .. field, message, 1, true)
      code, message = send(operation, with(body, "unheard_of", 1))
      assert.equal("BackupService.9900", code)
      assert.matches("invalid key unheard_of", message, 1, true)
    end)
  end

  it("the sandbox accepts ids that are not UUIDs, except where an API page demands a UUID", function()
    sandbox.patch { vaults = { mock_vault_id = { kind = "disk", project = "home", size = 100 } } }
    local volume = { id = "mock_volume_id", type = "OS::Cinder::Volume" }
    local checkpoint = { vault_id = "mock_vault_id", parameters = { resource_details = { volume } } }
    for operation, body in pairs {
      create_checkpoint = { checkpoint = checkpoint }, add_vault_resource = { resources = { volume } },
      associate_vault_policy = { policy_id = "new_policy_id1" },
    } do
      assert.is_not.equal("BackupService.9900", (send(operation, body)), operation)
    end
    local response = service.call("show_vault", { vault_id = "mock_vault_id" })
    assert.equal("mock_vault_id", response.body.vault.id)
    for operation, body in pairs {
      copy_checkpoint = { replicate = support.replicate_params { vault_id = "mock_vault_id" } },
      import_checkpoint = { sync = { vault_id = "mock_vault_id", auto_trigger = true } },
      update_member_status = { status = "pending", vault_id = "mock_vault_id" },
      create_checkpoint = { checkpoint = { vault_id = UUID, parameters = { resources = { "mock_volume_id" } } } },
    } do
      local code, message = send(operation, body)
      assert.equal("BackupService.9900", code, operation)
      assert.matches("a uuid is needed", message, 1, true)
    end
  end)

  it("the sandbox rejects a request without a mandatory field, and names the field's path", function()
    for path, case in pairs {
      ["vault.billing.size"] = { "create_vault", { vault = { name = "n", resources = {}, billing = {
        consistent_level = "crash_consistent", object_type = "server", protect_type = "backup",
      } } } },
      ["policy.trigger.properties.pattern"] = { "create_policy", { policy = { name = "n", operation_type = "backup",
        operation_definition = { max_backups = 1 }, trigger = { properties = { start_time = cjson.null } } } } },
      ["resources[1].id"] = { "add_vault_resource", { resources = { RESOURCE, { type = SERVER } } } },
      ["sync.auto_trigger"] = { "import_checkpoint", { sync = { vault_id = UUID } } },
    } do
      local code, message = send(case[1], case[2])
      assert.equal("BackupService.9900", code)
      assert.matches("'" .. path .. "' is a required property", message, 1, true)
    end
  end)

  it("the sandbox rejects a list with too few or too many items", function()
    local function list(count, item)
      local items = {}
      for n = 1, count do
        items[n] = item
      end
      return items
    end
    for _, case in ipairs {
      { "add_vault_resource", { resources = list(257, RESOURCE) } }, { "add_vault_resource", { resources = {} } },
      { "import_backup", { sync = list(51, IMPORTED) } }, { "add_member", { members = list(11, ("0"):rep(32)) } },
      { "change_vault_charge_mode", { vault_ids = list(61, UUID), period_num = 1, period_type = "year" } },
    } do
      local code, message = send(case[1], case[2])
      assert.equal("BackupService.9900", code)
      assert.matches("items are needed", message, 1, true)
    end
  end)

  it("the sandbox counts the length of a name in characters, and accepts Chinese names", function()
    local function code(name)
      return (send("update_backup", { backup = { name = name } }))
    end
    assert.equal("BackupService.6200", code(("备"):rep(64)))
    assert.equal("BackupService.9900", code(("备"):rep(65)))
  end)

  it("the sandbox rejects unknown query parameters, and invalid values of query parameters", function()
    for _, case in ipairs {
      { "list_policies", { operation_type = "restore" } }, { "list_policies", { vault = UUID } },
      { "list_agent", { limit = "0" } }, { "show_storage_usage", { resource_type = "OS::Cinder::Volume" } },
      { "show_members_detail", { status = "lost", backup_id = fixtures.backups.server_web.id } },
      { "show_summary", { all = "true" } },
    } do
      assert.equal("9900", service.rejection(case[1], case[2]), case[1])
    end
  end)
end)
