-- The sandbox's vaults. A change that one operation makes must be visible in the response of another operation.

local cjson = require "cjson"
local service = require "spec.helpers.service"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures
local vaults, resources = fixtures.vaults, fixtures.resources

local SERVER = "OS::Nova::Server"

-- A body of create_vault.
local function new_vault(changes)
  local vault = {
    name = "made", resources = {},
    billing = { consistent_level = "crash_consistent", object_type = "server", protect_type = "backup", size = 100 },
  }
  support.merge(vault, changes)
  return { body = { vault = vault } }
end

local function show(id)
  return service.get("show_vault", { vault_id = id }).vault
end

local function ids_of(list)
  local ids = {}
  for i, item in ipairs(list) do
    ids[i] = item.id
  end
  return ids
end

describe("the sandbox's vaults #wire", function()
  before_each(service.reset)
  teardown(sandbox.reset)

  it("create_vault makes a vault with its resources, tags and settings", function()
    local made = service.get("create_vault", new_vault {
      resources = { { id = resources.spare_server.id, type = SERVER } }, tags = { { key = "team", value = "web" } },
      threshold = 60, backup_name_prefix = "nightly", description = "for the web", auto_expand = true,
    }).vault
    local vault = show(made.id)
    assert.same(made, vault)
    assert.same({ "made", "for the web", 60, "nightly", true, 100, 0, 40 }, {
      vault.name, vault.description, vault.threshold, vault.backup_name_prefix, vault.auto_expand, vault.billing.size,
      vault.billing.used, vault.billing.allocated,
    })
    assert.same({ { key = "team", value = "web" } }, vault.tags)
    assert.same({ resources.spare_server.id }, ids_of(vault.resources))
    assert.equal(vault.id, service.get("list_vault", { id = vault.id }).vaults[1].id)
    assert.equal("spare_server", vault.resources[1].name)
  end)

  it("create_vault rejects a vault that the service would not accept", function()
    local spare = { id = resources.spare_server.id, type = SERVER }
    local protected = { id = show(vaults.server.id).resources[1].id, type = SERVER }
    for code, changes in pairs {
      ["6102"] = { resources = { { id = resources.spare_disk.id, type = "OS::Cinder::Volume" } } },
      ["6103"] = { resources = { protected } },
      ["6104"] = { resources = { spare, spare } },
      ["7100"] = { resources = { { id = fixtures.nowhere.id, type = SERVER } } },
      ["6000"] = { backup_policy_id = fixtures.nowhere.id },
    } do
      assert.equal(code, service.rejection("create_vault", new_vault(changes)))
    end
    assert.equal(0, service.get("list_vault", { name = "made" }).count)
  end)

  it("list_vault filters by resource, policy and status", function()
    local resource = show(vaults.server.id).resources[2]
    assert.same({ vaults.server.id }, ids_of(service.get("list_vault", { resource_ids = resource.id }).vaults))
    assert.same({ vaults.frozen.id }, ids_of(service.get("list_vault", { status = "frozen" }).vaults))
    assert.equal(0, service.get("list_vault", { policy_id = fixtures.nowhere.id }).count)
  end)

  it("show_vault shows how much capacity each resource uses", function()
    local vault = show(vaults.server.id)
    assert.same({ 6, 40, 40 * 1024, 1 }, {
      #vault.resources, vault.resources[1].size, vault.resources[1].backup_size, vault.resources[1].backup_count,
    })
    assert.equal("6105", service.rejection("show_vault", { vault_id = fixtures.nowhere.id }))
  end)

  it("update_vault changes the settings that the request's body names, and no other settings", function()
    local before = show(vaults.server.id)
    local rules = { tags = { { key = "a", value = "b" } } }
    service.get("update_vault", { vault_id = before.id, body = { vault = {
      name = "renamed", billing = { size = 2000 }, smn_notify = false, bind_rules = rules,
    } } })
    local after = show(before.id)
    assert.same({ "renamed", 2000, false, rules },
      { after.name, after.billing.size, after.smn_notify, after.bind_rules })
    assert.same({ before.threshold, before.auto_bind }, { after.threshold, after.auto_bind })
    assert.equal("6101", service.rejection("update_vault", {
      vault_id = before.id, body = { vault = { billing = { size = 10 } } },
    }))
  end)

  it("update_vault with auto_bind puts the unprotected servers that have the rule's tags into the vault", function()
    service.get("update_vault", { vault_id = vaults.empty.id, body = { vault = {
      auto_bind = true, bind_rules = { tags = { { key = "team", value = "db" } } },
    } } })
    assert.same({ resources.spare_server_2.id }, ids_of(show(vaults.empty.id).resources))
  end)

  it("update_vault locks a vault for good, and automatic backups in a locked vault cannot be deleted", function()
    sandbox.patch { backups = { server_web = { auto_trigger = true } } }
    service.get("update_vault", { vault_id = vaults.server.id, body = { vault = { locked = true } } })
    assert.is_true(show(vaults.server.id).locked)
    assert.equal("6112", service.rejection("update_vault", {
      vault_id = vaults.server.id, body = { vault = { locked = false } },
    }))
    assert.equal("6220", service.rejection("delete_backup", { backup_id = fixtures.backups.server_web.id }))
    assert.equal("6112", service.rejection("delete_vault", { vault_id = vaults.server.id }))
    assert.equal("6112", service.rejection("remove_vault_resource", {
      vault_id = vaults.server.id, body = { resource_ids = { show(vaults.server.id).resources[1].id } },
    }))
    service.get("delete_backup", { backup_id = fixtures.backups.server_db.id }) -- a manual backup is not locked
  end)

  it("update_vault with auto_expand lets a vault grow with its backups", function()
    sandbox.patch { vaults = { single = { size = 60 } } }
    service.get("update_vault", { vault_id = vaults.single.id, body = { vault = { auto_expand = true } } })
    service.get("create_checkpoint", { body = { checkpoint = { vault_id = vaults.single.id } } })
    sandbox.forward(600)
    assert.same({ 80, 80 * 1024 }, { show(vaults.single.id).billing.size, show(vaults.single.id).billing.used })
  end)

  it("batch_update_vault changes all vaults of the project, and no vault of another project", function()
    local updated = service.get("batch_update_vault", { body = { vault = { threshold = 50 } } }).updated_vaults_id
    assert.equal(service.get("list_vault").count + service.get("list_vault", { cloud_type = "hybrid" }).count, #updated)
    assert.equal(50, show(vaults.single.id).threshold)
    assert.equal(80, service.get("show_vault", { vault_id = vaults.replicas.id }, "east").vault.threshold)
  end)

  it("show_summary shows the sum of the sizes and of the used capacity of all vaults", function()
    local before = service.get "show_summary"
    service.get("create_vault", new_vault())
    sandbox.patch { fill = { vault_id = "empty", count = 2, size = 10 } }
    local after = service.get "show_summary"
    assert.same({ 100, 2 * 10 * 1024 }, { after.size - before.size, after.used_size - before.used_size })
  end)

  it("delete_vault deletes the vault and its backups", function()
    assert.equal(204, service.call("delete_vault", { vault_id = vaults.single.id }).status)
    assert.equal("deleting", show(vaults.single.id).billing.status)
    assert.equal("6112", service.rejection("delete_vault", { vault_id = vaults.single.id }))
    sandbox.forward(60)
    assert.equal("6105", service.rejection("show_vault", { vault_id = vaults.single.id }))
    assert.equal("6200", service.rejection("show_backup", { backup_id = fixtures.backups.single_only.id }))
    local task = service.get("list_op_logs", { operation_type = "vault_delete" }).operation_logs[1]
    assert.same({ "success", "single", 1 }, { task.status, task.vault_name, task.extra_info.vault_delete.total_count })
  end)

  it("delete_vault rejects a vault from which or to which backups are being replicated", function()
    service.get("copy_checkpoint", { body = { replicate = support.replicate_params { vault_id = vaults.single.id } } })
    assert.equal("6203", service.rejection("delete_vault", { vault_id = vaults.single.id }))
    assert.equal("6203", service.rejection("delete_vault", { vault_id = vaults.replicas.id }, "east"))
  end)

  it("add_vault_resource puts a resource into a vault, and the resource then shows the id of the vault", function()
    local function vault_of_resource()
      local protectable = service.get("show_protectable", {
        protectable_type = "server", instance_id = resources.spare_server.id,
      }).instance.protectable
      return protectable.vault ~= cjson.null and protectable.vault.id or nil
    end
    assert.is_nil(vault_of_resource())
    local body = { resources = { { id = resources.spare_server.id, type = SERVER, name = "web" } } }
    local added = service.get("add_vault_resource", { vault_id = vaults.empty.id, body = body })
    assert.same({ resources.spare_server.id }, added.add_resource_ids)
    assert.equal("web", show(vaults.empty.id).resources[1].name)
    assert.equal(vaults.empty.id, vault_of_resource())
    assert.equal("6103", service.rejection("add_vault_resource", { vault_id = vaults.single.id, body = body }))
    assert.equal("6112", service.rejection("add_vault_resource", { vault_id = vaults.frozen.id, body = body }))
  end)

  it("remove_vault_resource takes a resource out of a vault, and deletes the resource's backups", function()
    local resource = show(vaults.server.id).resources[1]
    local body = { resource_ids = { resource.id } }
    service.get("remove_vault_resource", { vault_id = vaults.server.id, body = body })
    assert.equal("removing", show(vaults.server.id).resources[1].protect_status)
    assert.equal("6134", service.rejection("remove_vault_resource", { vault_id = vaults.server.id, body = body }))
    sandbox.forward(60)
    assert.equal(5, #show(vaults.server.id).resources)
    assert.equal(0, service.get("list_backups", { resource_id = resource.id }).count)
    local task = service.get("list_op_logs", { operation_type = "remove_resource" }).operation_logs[1]
    assert.equal(resource.id, task.extra_info.remove_resources.resources[1].id)
    assert.equal("6135", service.rejection("remove_vault_resource", { vault_id = vaults.server.id, body = body }))
  end)

  it("set_vault_resource leaves a resource out of automatic backups", function()
    local id = show(vaults.server.id).resources[1].id
    local function set(action)
      local body = { action = action, resource_ids = { id } }
      service.get("set_vault_resource", { vault_id = vaults.server.id, body = body })
      return show(vaults.server.id).resources[1].auto_protect
    end
    assert.is_false(set "suspend")
    assert.is_true(set "unsuspend")
  end)

  it("migrate_vault_resource moves a resource and its backups to another vault", function()
    local resource = show(vaults.single.id).resources[1]
    local body = { destination_vault_id = vaults.empty.id, resource_ids = { resource.id } }
    local moved = service.get("migrate_vault_resource", { vault_id = vaults.single.id, body = body }).migrated_resources
    assert.same({ resource.id }, moved)
    local source, target = show(vaults.single.id), show(vaults.empty.id)
    assert.same({ 0, 0, 1, 40 * 1024 }, {
      #source.resources, source.billing.used, #target.resources, target.billing.used,
    })
    assert.equal(vaults.empty.id, service.get("list_backups", { resource_id = resource.id }).backups[1].vault_id)
    body.destination_vault_id = vaults.disk.id
    assert.equal("6135", service.rejection("migrate_vault_resource", { vault_id = vaults.single.id, body = body }))
  end)

  it("list_external_vault shows the vaults of another region", function()
    service.get("update_vault", { vault_id = vaults.replicas.id, body = { vault = { name = "far" } } }, "east")
    local vault = service.get("list_external_vault", {
      external_project_id = fixtures.projects.east.id, region_id = "cn-east-3", vault_id = vaults.replicas.id,
    }).vaults[1]
    assert.equal("far", vault.name)
  end)
end)
