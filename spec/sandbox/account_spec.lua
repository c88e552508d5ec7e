-- The objects of an account: organization policies, prepaid orders, projects, the migration, features. A change that
-- one operation makes must be visible in the response of another operation.

local service = require "spec.helpers.service"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures
local vaults = fixtures.vaults

local TRIGGER = { properties = { pattern = { "FREQ=DAILY;INTERVAL=1;BYHOUR=3;BYMINUTE=0" } } }

local function create_organization_policy()
  return service.get("create_organization_policy", { body = { policy = {
    name = "all", operation_type = "backup", policy_enabled = true, policy_name = "for_all", policy_trigger = TRIGGER,
    policy_operation_definition = { max_backups = 7 },
  } } }).policy
end

local function show_vault(id)
  return service.get("show_vault", { vault_id = id }).vault
end

local function order_vault(changes)
  local vault = {
    name = "ordered", resources = {},
    billing = { consistent_level = "crash_consistent", object_type = "server", protect_type = "backup", size = 100,
      period_type = "month", period_num = 1, is_auto_pay = true },
  }
  support.merge(vault, changes)
  return service.get("create_post_paid_vault", { body = { vault = vault } }).orders[1]
end

local function product(size)
  return { product_id = "p", resource_size = size, resource_spec_code = "vault.backup.server.normal" }
end

describe("the sandbox's organization policies #wire", function()
  before_each(service.reset)
  teardown(sandbox.reset)

  it("create_organization_policy gives each project of the region a policy", function()
    create_organization_policy()
    local policy = service.get "list_policies".policies[1]
    assert.same({ "for_all", 7, TRIGGER.properties.pattern },
      { policy.name, policy.operation_definition.max_backups, policy.trigger.properties.pattern })
  end)

  it("list_organization_policies filters by the type, which is mandatory", function()
    local made = create_organization_policy()
    local list = service.get("list_organization_policies", { operation_type = "backup" })
    assert.same({ 1, made.id }, { list.count, list.policies[1].id })
    assert.equal(0, service.get("list_organization_policies", { operation_type = "replication" }).count)
    assert.equal("9900", service.rejection "list_organization_policies")
  end)

  it("show_organization_policy shows the account that the policy belongs to", function()
    local made = create_organization_policy()
    local policy = service.get("show_organization_policy", { organization_policy_id = made.id }).policy
    assert.same(made, policy)
    assert.equal(fixtures.accounts.home.id, policy.domain_id)
    assert.equal("6000", service.rejection("show_organization_policy", { organization_policy_id = made.id }, "other"))
  end)

  it("update_organization_policy changes the policies of the projects too", function()
    local made = create_organization_policy()
    service.get("update_organization_policy", { organization_policy_id = made.id, body = { policy = {
      policy_name = "renamed", policy_enabled = false,
    } } })
    local policy = service.get "list_policies".policies[1]
    assert.same({ "renamed", false, 7 }, { policy.name, policy.enabled, policy.operation_definition.max_backups })
    assert.equal("all", service.get("show_organization_policy", { organization_policy_id = made.id }).policy.name)
  end)

  it("list_organization_policy_detail shows the policy of each project", function()
    local made = create_organization_policy()
    local list = service.get("list_organization_policy_detail", { organization_policy_id = made.id })
    assert.same({ 1, fixtures.projects.home.id, "success" },
      { list.count, list.policies[1].project_id, list.policies[1].status })
    assert.equal("for_all", service.get("show_policy", { policy_id = list.policies[1].policy_id }).policy.name)
  end)

  it("delete_organization_policy deletes the policies of the projects too", function()
    local made = create_organization_policy()
    assert.equal(204, service.call("delete_organization_policy", { organization_policy_id = made.id }).status)
    assert.equal(0, service.get("list_organization_policies", { operation_type = "backup" }).count)
    assert.equal(0, service.get "list_policies".count)
  end)
end)

describe("the sandbox's prepaid vaults #wire", function()
  before_each(service.reset)
  teardown(sandbox.reset)

  it("create_post_paid_vault makes a prepaid vault", function()
    local order = order_vault()
    local vault = show_vault(order.resourceId)
    assert.same({ "ordered", "pre_paid", order.orderId },
      { vault.name, vault.billing.charging_mode, vault.billing.order_id })
    assert.equal("6111", service.rejection("delete_vault", { vault_id = vault.id }))
  end)

  it("change_order changes the size of a prepaid vault", function()
    local vault_id = order_vault().resourceId
    local body = { resource_id = vault_id, product_info = product(300) }
    local order_id = service.get("change_order", { body = body }).orderId
    assert.same({ 300, order_id }, { show_vault(vault_id).billing.size, show_vault(vault_id).billing.order_id })
    body.resource_id = vaults.server.id
    assert.equal("6109", service.rejection("change_order", { body = body }))
    assert.equal("6110", service.rejection("update_vault", {
      vault_id = vault_id, body = { vault = { billing = { size = 400 } } },
    }))
  end)

  it("update_order changes the size of a prepaid vault by parameters with older names", function()
    local order = order_vault()
    local body = { resourceId = order.resourceId, productInfo = {
      productId = "p", resourceSize = 200, resourceSpecCode = "vault.backup.server.normal",
    } }
    service.get("update_order", { order_id = order.orderId, body = body })
    assert.equal(200, show_vault(order.resourceId).billing.size)
    assert.equal("6109", service.rejection("update_order", { order_id = "CS0", body = body }))
  end)

  it("change_vault_charge_mode makes either all of the given vaults prepaid, or none of them", function()
    local function change(ids)
      return service.call("change_vault_charge_mode", {
        body = { vault_ids = ids, period_type = "month", period_num = 1, charging_mode = "pre_paid" },
      })
    end
    assert.equal(400, change({ vaults.server.id, vaults.frozen.id }).status)
    assert.equal("post_paid", show_vault(vaults.server.id).billing.charging_mode)
    change { vaults.server.id, vaults.single.id }
    assert.equal("pre_paid", show_vault(vaults.single.id).billing.charging_mode)
  end)

  it("create_vault with a prepaid charging mode responds with an order", function()
    local response = service.get("create_vault", { body = { vault = {
      name = "ordered", resources = {}, billing = { consistent_level = "crash_consistent", object_type = "disk",
        protect_type = "backup", size = 100, charging_mode = "pre_paid" },
    } } })
    assert.equal("pre_paid", show_vault(response.orders[1].resourceId).billing.charging_mode)
  end)
end)

describe("the sandbox's account #wire", function()
  before_each(service.reset)
  teardown(sandbox.reset)

  it("migrate_domain begins a migration, which ends later", function()
    assert.equal("4001", service.rejection "show_migrate_status")
    local body = { all_regions = true, reservation = 0.2 }
    service.get("migrate_domain", { body = body })
    assert.equal("migrating", service.get "show_migrate_status".status)
    assert.equal("4002", service.rejection("migrate_domain", { body = body }))
    sandbox.forward(60)
    assert.equal("success", service.get "show_migrate_status".status)
  end)

  it("show_migrate_status shows the migrated projects of one region, or of all regions", function()
    service.get("migrate_domain", { body = { all_regions = true, reservation = 0.2 } })
    sandbox.forward(60)
    local all = service.get "show_migrate_status".project_status
    local one = service.get("show_migrate_status", { all_regions = "false" }).project_status
    assert.is_true(#all > #one)
    assert.same({ fixtures.projects.home.id, 100 }, { one[1].project_id, one[1].progress })
  end)

  -- Whether a list of projects has the project that a test has added.
  local function has_another(list, field)
    for _, project in ipairs(list) do
      if project[field] == "cn-north-4_another" then
        return true
      end
    end
    return false
  end

  local function add_another()
    sandbox.patch { projects = { another = { region = "cn-north-4", name = "cn-north-4_another" } } }
  end

  it("list_projects lists the projects of the caller's account in all regions", function()
    add_another()
    assert.is_true(has_another(service.get "list_projects".projects, "name"))
    assert.is_false(has_another(service.get("list_projects", {}, "other").projects, "name"))
  end)

  it("list_domain_projects lists the projects of the account that the request names", function()
    add_another()
    local name = fixtures.accounts.home.name
    assert.is_true(has_another(service.get("list_domain_projects", { domain_name = name }).projects, "project_name"))
    assert.equal("9900", service.rejection("list_domain_projects", { domain_name = "nobody" }))
  end)

  it("show_domain shows the account of a project", function()
    sandbox.patch { projects = { home = { name = "renamed" } } }
    local domain = service.get("show_domain", { source_project_id = fixtures.projects.home.id }, "other")
    assert.same({ fixtures.accounts.home.name, "renamed" }, { domain.domain_name, domain.project_name })
  end)

  local DESTINATIONS = "replication.destination_regions"

  it("list_features shows the features of the region, and features that a test sets", function()
    assert.same({ "cn-east-3" }, service.get "list_features"[DESTINATIONS])
    assert.is_nil(service.get "list_features".another)
    sandbox.patch { projects = { home = { features = { another = "yes" } } } }
    assert.equal("yes", service.get "list_features".another)
  end)

  it("show_feature shows one feature by its key", function()
    local params = { feature_key = "features.backup_double_az" }
    assert.same({ ["features.backup_double_az"] = false }, service.get("show_feature", params))
    sandbox.patch { projects = { home = { features = { ["features.backup_double_az"] = true } } } }
    assert.same({ ["features.backup_double_az"] = true }, service.get("show_feature", params))
    assert.equal("9900", service.rejection("show_feature", { feature_key = "nothing" }))
  end)

  it("show_replication_capabilities shows the destinations that copy_checkpoint accepts", function()
    local function destinations()
      return service.get "show_replication_capabilities".regions[1].replication_destinations
    end
    assert.same({ "cn-east-3" }, destinations())
    local body = { replicate = support.replicate_params { destination_region = "cn-north-1" } }
    assert.equal("1005", service.rejection("copy_checkpoint", { body = body }))
    sandbox.patch { projects = { home = { destinations = { "cn-east-3", "cn-north-1" } } } }
    assert.same({ "cn-east-3", "cn-north-1" }, destinations())
    assert.equal("1011", service.rejection("copy_checkpoint", { body = body })) -- the project is not in cn-north-1
  end)

  local function start_sync()
    return service.get("import_checkpoint", {
      body = { sync = { vault_id = vaults.hybrid.id, auto_trigger = false } },
    }).sync.operation_log_id
  end

  it("show_op_log shows the status of a task until the task has ended", function()
    local id = start_sync()
    local function status()
      return service.get("show_op_log", { operation_log_id = id }).operation_log.status
    end
    assert.equal("waiting", status())
    sandbox.forward(11)
    assert.equal("running", status())
    sandbox.forward(600)
    assert.equal("success", status())
  end)

  it("list_op_logs filters tasks by their present status", function()
    start_sync()
    assert.equal(1, service.get("list_op_logs", { vault_name = "hybrid", status = "waiting" }).count)
    sandbox.forward(600)
    assert.equal(0, service.get("list_op_logs", { vault_name = "hybrid", status = "waiting" }).count)
    assert.equal(1, service.get("list_op_logs", { vault_name = "hybrid", status = "success" }).count)
  end)
end)
