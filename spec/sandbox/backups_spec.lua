-- The sandbox's backups and restore points. A change that one operation makes must be visible in the response of
-- another operation.

local service = require "spec.helpers.service"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures
local vaults, backups = fixtures.vaults, fixtures.backups

local DAY = 86400

local function show(id, project)
  return service.get("show_backup", { backup_id = id }, project).backup
end

local function back_up(vault_id, parameters)
  return service.get("create_checkpoint", {
    body = { checkpoint = { vault_id = vault_id, parameters = parameters } },
  }).checkpoint
end

local function copy(backup_id, changes)
  local replicate = {
    destination_project_id = fixtures.projects.east.id, destination_region = "cn-east-3",
    destination_vault_id = vaults.replicas.id,
  }
  support.merge(replicate, changes)
  return { backup_id = backup_id, body = { replicate = replicate } }
end

describe("the sandbox's backups #wire", function()
  before_each(service.reset)
  teardown(sandbox.reset)

  it("create_checkpoint backs up each resource of a vault, in one task for each resource", function()
    local checkpoint = back_up(vaults.single.id, { name = "before_update", description = "by hand" })
    assert.equal("protecting", checkpoint.status)
    assert.same({ "before_update", "by hand", -1 }, {
      checkpoint.extra_info.name, checkpoint.extra_info.description, checkpoint.extra_info.retention_duration,
    })
    local list = service.get("list_backups", { checkpoint_id = checkpoint.id })
    assert.same({ 1, "protecting", "before_update", true },
      { list.count, list.backups[1].status, list.backups[1].name, list.backups[1].incremental })
    sandbox.forward(600)
    assert.equal("available", show(list.backups[1].id).status)
    local vault = service.get("show_vault", { vault_id = vaults.single.id }).vault
    assert.same({ 2 * 40 * 1024, 2 }, { vault.billing.used, vault.resources[1].backup_count })
    local task = service.get("list_op_logs", { operation_type = "backup" }).operation_logs[1]
    assert.same({ "success", list.backups[1].id, "true" },
      { task.status, task.extra_info.backup.backup_id, task.extra_info.backup.incremental })
  end)

  it("create_checkpoint backs up the resources that the request's body names, and skips busy resources", function()
    local resources = service.get("show_vault", { vault_id = vaults.server.id }).vault.resources
    local first = back_up(vaults.server.id, { resources = { resources[1].id } })
    assert.equal(1, #first.vault.resources)
    assert.equal("6125", service.rejection("create_checkpoint", {
      body = { checkpoint = { vault_id = vaults.server.id, parameters = { resources = { resources[1].id } } } },
    }))
    local second = back_up(vaults.server.id)
    assert.same({ 5, 1, resources[1].id }, {
      #second.vault.resources, #second.vault.skipped_resources, second.vault.skipped_resources[1].id,
    })
  end)

  it("create_checkpoint rejects a vault that cannot be backed up", function()
    for name, code in pairs {
      empty = "0001", frozen = "6113", hybrid = "6124", replicas = "6105",
    } do
      assert.equal(code, service.rejection("create_checkpoint", {
        body = { checkpoint = { vault_id = vaults[name].id } },
      }), name)
    end
    sandbox.patch { vaults = { single = { size = 40 } } }
    assert.equal("6114", service.rejection("create_checkpoint", {
      body = { checkpoint = { vault_id = vaults.single.id } },
    }))
  end)

  it("a backup for which a test has set a failure ends with status error, and the backup's task fails", function()
    local result = { status = "fail", code = "BackupService.7101", reason = "no" }
    sandbox.patch { vaults = { single = { backup_result = result } } }
    local checkpoint = back_up(vaults.single.id)
    sandbox.forward(600)
    assert.equal("error", service.get("list_backups", { checkpoint_id = checkpoint.id }).backups[1].status)
    local task = service.get("list_op_logs", { operation_type = "backup" }).operation_logs[1]
    assert.same({ "failed", "BackupService.7101" }, { task.status, task.error_info.code })
  end)

  it("show_checkpoint shows the status of a restore point until all its backups have ended", function()
    local id = back_up(vaults.mixed.id).id
    assert.equal("protecting", service.get("show_checkpoint", { checkpoint_id = id }).checkpoint.status)
    sandbox.forward(600)
    local checkpoint = service.get("show_checkpoint", { checkpoint_id = id }).checkpoint
    assert.same({ "available", 4 }, { checkpoint.status, #checkpoint.vault.resources })
    assert.equal("6217", service.rejection("show_checkpoint", { checkpoint_id = fixtures.nowhere.id }))
  end)

  it("list_backups filters by start_time and end_time, and does not list a backup that has expired", function()
    sandbox.patch {
      fill = { vault_id = "empty", count = 5, age = DAY, interval = DAY },
      backups = { single_only = { age = 400 * DAY, expires_in = DAY } },
    }
    local function count(params)
      return service.get("list_backups", params).count
    end
    local function days_ago(days)
      return os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() - days * DAY)
    end
    assert.equal(3, count { vault_id = vaults.empty.id, start_time = days_ago(3.5) })
    assert.equal(2, count { vault_id = vaults.empty.id, end_time = days_ago(3.5) })
    assert.equal(1, count { vault_id = vaults.single.id, end_time = days_ago(399) })
    sandbox.forward(2 * DAY)
    assert.equal(0, count { vault_id = vaults.single.id })
  end)

  it("show_backup shows the replication records of a backup, and when the backup expires", function()
    sandbox.patch { backups = { replicated_web = { expires_in = DAY } } }
    local backup = show(backups.replicated_web.id)
    assert.equal("success", backup.replication_records[1].status)
    assert.matches("^%d%d%d%d%-%d%d%-%d%dT", backup.expired_at)
    assert.equal("6200", service.rejection("show_backup", { backup_id = fixtures.nowhere.id }))
  end)

  it("update_backup renames a backup", function()
    service.get("update_backup", { backup_id = backups.single_only.id, body = { backup = { name = "kept" } } })
    assert.equal("kept", show(backups.single_only.id).name)
    assert.equal(1, service.get("list_backups", { name = "kept" }).count)
  end)

  it("delete_backup deletes a backup, and frees the capacity that the backup used", function()
    assert.equal(204, service.call("delete_backup", { backup_id = backups.single_only.id }).status)
    assert.equal("deleting", show(backups.single_only.id).status)
    sandbox.forward(60)
    assert.equal("6200", service.rejection("show_backup", { backup_id = backups.single_only.id }))
    local vault = service.get("show_vault", { vault_id = vaults.single.id }).vault
    assert.same({ 0, 1 }, { vault.billing.used, #vault.resources })
    local task = service.get("list_op_logs", { operation_type = "delete" }).operation_logs[1]
    assert.equal("only", task.extra_info.delete.backup_name)
  end)

  it("under the quirk empty_objects, delete_backup responds with 200 and {}, as in a recording", function()
    sandbox.quirks { empty_objects = true }
    local response = service.call("delete_backup", { backup_id = backups.single_only.id })
    assert.same({ 200, "{}" }, { response.status, response.text })
  end)

  it("delete_backup rejects a backup that is being replicated", function()
    service.get("copy_backup", copy(backups.single_only.id))
    assert.equal("6216", service.rejection("delete_backup", { backup_id = backups.single_only.id }))
  end)

  it("copy_backup makes a replica with the name and description that the request's body gives", function()
    local replication = service.get("copy_backup", copy(backups.single_only.id, {
      name = "far_away", description = "the copy",
    })).replication
    local record = show(backups.single_only.id).replication_records[1]
    assert.same({ replication.replication_record_id, "waiting_replicate" }, { record.id, record.status })
    sandbox.forward(600)
    record = show(backups.single_only.id).replication_records[1]
    assert.equal("success", record.status)
    local replica = show(record.destination_backup_id, "east")
    assert.same({ "far_away", "the copy", "replication" }, { replica.name, replica.description, replica.image_type })
    assert.equal("copy_backup", sandbox.ledger()[1].operation)
  end)

  it("copy_backup is accepted again after the replica was deleted at the destination", function()
    service.get("copy_backup", copy(backups.single_only.id))
    sandbox.forward(600)
    assert.equal("1009", service.rejection("copy_backup", copy(backups.single_only.id)))
    local replica = show(backups.single_only.id).replication_records[1].destination_backup_id
    service.get("delete_backup", { backup_id = replica }, "east")
    sandbox.forward(600)
    assert.equal(0, service.get("list_backups", { vault_id = vaults.replicas.id, name = "only" }, "east").count)
    service.get("copy_backup", copy(backups.single_only.id))
    assert.equal("1009", service.rejection("copy_checkpoint", { -- the service copies each backup to a region only once
      body = { replicate = support.replicate_params { vault_id = vaults.replicated.id } },
    }))
  end)

  it("copy_backup leaves a failed record and a failed task if a test has set a failure for the backup", function()
    service.get("copy_backup", copy(backups.mixed_fails.id))
    sandbox.forward(600)
    local record = show(backups.mixed_fails.id).replication_records[1]
    assert.same({ "fail", "BackupService.1006" }, { record.status, record.extra_info.fail_code })
    local task = service.get("list_op_logs", { vault_id = vaults.mixed.id }).operation_logs[1]
    assert.same({ "failed", "BackupService.1006" }, { task.status, task.error_info.code })
  end)

  it("copy_backup rejects a backup that cannot be replicated", function()
    for name, code in pairs {
      server_broken = "1001", server_replica = "1002", server_data_only = "1004", disk_data = "6128",
      workspace_desktop = "6122",
    } do
      assert.equal(code, service.rejection("copy_backup", copy(backups[name].id)), name)
    end
    assert.equal("6129", service.rejection("copy_backup", copy(backups.single_only.id, {
      destination_vault_id = vaults.replicas_full.id,
    })))
  end)

  it("copy_checkpoint replicates each backup of a vault", function()
    local function replicas()
      return service.get("list_backups", { vault_id = vaults.replicas.id }, "east").count
    end
    local before = replicas()
    local replicate = support.replicate_params()
    assert.equal(3, #service.get("copy_checkpoint", { body = { replicate = replicate } }).replication.backups)
    sandbox.forward(3600)
    assert.equal(3, replicas() - before)
  end)

  it("the quirk accepts_duplicates lets copy_backup replicate a backup a second time", function()
    service.get("copy_backup", copy(backups.single_only.id))
    sandbox.quirks { accepts_duplicates = true }
    service.get("copy_backup", copy(backups.single_only.id))
    assert.equal(2, #show(backups.single_only.id).replication_records)
  end)

  it("the quirk vault_once_per_region rejects a second replication of a vault, even with new backups", function()
    sandbox.quirks { vault_once_per_region = true }
    local body = { replicate = support.replicate_params { vault_id = vaults.single.id } }
    service.get("copy_checkpoint", { body = body })
    sandbox.forward(3600)
    sandbox.patch { fill = { vault_id = "single", size = 1 } }
    assert.equal("1009", service.rejection("copy_checkpoint", { body = body }))
    sandbox.quirks { vault_once_per_region = false }
    assert.equal(1, #service.get("copy_checkpoint", { body = body }).replication.backups)
  end)

  it("import_checkpoint imports the on-premises backups of a hybrid vault", function()
    local task = service.get("import_checkpoint", {
      body = { sync = { vault_id = vaults.hybrid.id, auto_trigger = false } },
    }).sync.operation_log_id
    sandbox.forward(600)
    local details = service.get("show_op_log", { operation_log_id = task }).operation_log.extra_info
    assert.equal(3, details.sync.sync_backup_num)
    assert.equal(4, service.get("list_backups", { vault_id = vaults.hybrid.id }).count)
  end)

  it("import_backup imports one backup with the id that the request's body gives", function()
    local row = {
      backup_id = "4f0a4d7e-63a1-4d1e-a4b8-0c6ad0a4b111", backup_name = "esx", bucket_name = "b", image_path = "/i",
      created_at = 1700000000, resource_id = "4f0a4d7e-63a1-4d1e-a4b8-0c6ad0a4b112", resource_name = "vm",
      resource_type = "OS::VMware::Server",
    }
    local imported = service.get("import_backup", { body = { sync = { row } } }).sync[1]
    assert.equal(row.backup_id, imported.backup_id)
    sandbox.forward(600)
    local backup = show(row.backup_id)
    assert.same({ "esx", "2023-11-14T22:13:20.000000", "OS::VMware::Server" },
      { backup.name, backup.created_at, backup.resource_type })
    local task = service.get("show_op_log", { operation_log_id = imported.operation_log_id }).operation_log
    assert.same({ "sync", "success" }, { task.operation_type, task.status })
    assert.equal("9900", service.rejection("import_backup", { body = { sync = { row } } }))
  end)

  it("restore_backup restores a backup to its resource", function()
    local response = service.call("restore_backup", { backup_id = backups.single_only.id, body = { restore = {} } })
    assert.equal(202, response.status)
    assert.equal("restoring", show(backups.single_only.id).status)
    local vault = service.get("show_vault", { vault_id = vaults.single.id }).vault
    assert.equal("restoring", vault.resources[1].protect_status)
    sandbox.forward(600)
    assert.equal("available", show(backups.single_only.id).status)
    local task = service.get("list_op_logs", { operation_type = "restore" }).operation_logs[1]
    assert.same({ "success", vault.resources[1].id }, { task.status, task.extra_info.restore.target_resource_id })
  end)

  it("restore_backup rejects a backup that cannot be restored", function()
    local function code(name, restore)
      return service.rejection("restore_backup", { backup_id = backups[name].id, body = { restore = restore or {} } })
    end
    assert.equal("2004", code "server_replica")
    assert.equal("2005", code "server_broken")
    assert.equal("2001", code("server_db", { server_id = fixtures.resources.spare_server.id }))
    assert.equal("7100", code("server_db", { server_id = fixtures.nowhere.id }))
    service.get("restore_backup", { backup_id = backups.server_web.id, body = { restore = {
      server_id = fixtures.resources.spare_server_2.id,
    } } })
    assert.equal("2010", code("server_cache", { server_id = fixtures.resources.spare_server_2.id }))
  end)

  it("show_metadata shows the metadata of a backup, with the backup's present name", function()
    service.get("update_backup", { backup_id = backups.single_only.id, body = { backup = { name = "kept" } } })
    local metadata = service.get("show_metadata", { backup_id = backups.single_only.id })
    assert.equal(backups.single_only.id, metadata.backup_id)
    assert.matches('"name":"kept"', metadata.backups, 1, true)
  end)

  it("show_storage_usage counts the backups of each resource", function()
    local function usage()
      local row = service.get("show_storage_usage", {
        resource_id = service.get("show_vault", { vault_id = vaults.single.id }).vault.resources[1].id,
      })
      return row.storage_usage[1].backup_count, row.storage_usage[1].backup_size
    end
    assert.same({ 1, 40 * 1024 }, { usage() })
    back_up(vaults.single.id)
    sandbox.forward(600)
    assert.same({ 2, 2 * 40 * 1024 }, { usage() })
  end)
end)
