-- client:wait for the copy of one backup.

local lost_orders = require "spec.helpers.lost_orders"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("client:wait for the copy of one backup", function()
  local client

  set_up.for_each_test(function()
    sandbox.time_scale(600)
    client = support.client { settle_time = 0.3 }
    return client
  end)

  local QUICK = { interval = 0.05 }

  local function copy(name)
    return assert(client:copy_backup(lost_orders.copy_params { backup_id = fixtures.backups[name].id }))
  end

  it("client:wait reports the copy of one backup as a replication of one backup", function()
    local made = copy "server_web"
    local report = assert(client:wait(made, QUICK))
    assert.same({ 1, 1, fixtures.vaults.replicas.id, "cn-east-3" },
      { report.total, report.succeeded, report.destination_vault_id, report.destination_region })
    local item = report.backups[1]
    assert.same({ made.backup_id, made.replication_record_id, "success" },
      { item.backup_id, item.replication_record_id, item.status })
    local east = assert(client:for_region("cn-east-3", fixtures.projects.east.id))
    assert.equal("replication", assert(east:show_backup { backup_id = item.destination_backup_id }).image_type)
    assert.equal(0, support.count "list_backups") -- the other backups of the vault are not read
  end)

  it("client:wait fails with the code and the reason of a failed copy, and reports a skipped copy", function()
    local _, err = client:wait(copy "mixed_fails", QUICK)
    assert.same({ "task", "BackupService.1006", 1 }, { err.kind, err.code, err.report.failed })
    local report = assert(client:wait(copy "mixed_skipped", QUICK))
    assert.same({ 1, "BackupService.1009" }, { report.skipped, report.backups[1].fail_code })
  end)

  it("client:wait follows many copies of one vault at the same time, until each copy has ended", function()
    local list = { copy "mixed_good", copy "mixed_fails", copy "mixed_also_good" }
    local _, err = client:wait(list, QUICK)
    assert.same({ 2, 1 }, { err.report.succeeded, err.report.failed })
    for i, part in ipairs(err.report.parts) do
      assert.equal(list[i].backup_id, part.backups[1].backup_id)
      assert.equal(i == 2 and "failed" or "success", part.backups[1].status)
    end
  end)

  it("client:wait follows a copy by the tasks of its vault where the service has no records", function()
    local telekom = support.client { project_id = fixtures.projects.de.id }
    local made = assert(telekom:copy_backup {
      backup_id = fixtures.backups.de_server_web.id, destination_project_id = fixtures.projects.nl.id,
      destination_region = "eu-nl", destination_vault_id = fixtures.vaults.nl_replicas.id,
    })
    local report = assert(telekom:wait(made, QUICK))
    assert.same({ 1, fixtures.vaults.de_server.id }, { report.succeeded, report.vault_id })
    assert.is_string(report.backups[1].task_id)
    telekom:close()
  end)

  it("client:wait follows a copy that was found after a lost response", function()
    support.lose_response "copy_backup"
    local made = copy "server_web"
    assert.is_true(made.reconciled)
    assert.equal(1, assert(client:wait(made, QUICK)).succeeded)
  end)

  it("if the source backup was deleted, client:wait reads from the task how its copy ended", function()
    local made = copy "server_web"
    sandbox.fault { call = "show_backup", fault = "status", status = 404, code = "BackupService.6200", times = -1 }
    local report = assert(client:wait(made, QUICK))
    assert.same({ 1, "string" }, { report.succeeded, type(report.backups[1].task_id) })
    sandbox.quirks { late_tasks = 1e9 }
    local _, err = client:wait(copy "server_db", QUICK)
    assert.same({ "task", 1 }, { err.kind, err.report.failed })
    assert.matches("no longer exists at the source, and no task shows", err.message)
  end)
end)
