-- client:wait for what an operation without content has started: a restore, or the deletion of a vault.

local set_up = require "spec.helpers.set_up"
local started = require "cbr.follow.started"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

local BACKUP = fixtures.backups.single_only

describe("client:wait for a task without an id", function()
  local client

  set_up.for_each_test(function()
    sandbox.time_scale(1200)
    client = support.client { settle_time = 0.3 }
    return client
  end)

  local QUICK = { interval = 0.05 }

  it("client:wait follows a restore", function()
    local restore = assert(client:restore_backup { backup_id = BACKUP.id })
    assert.same({ "restore", BACKUP.id }, { restore.operation_type, restore.backup_id })
    assert.matches("^%x+$", restore.request_id)
    local report = assert(client:wait(restore, QUICK))
    assert.same({ "success", "restore", BACKUP.id, BACKUP.vault_id },
      { report.status, report.operation_type, report.backup_id, report.vault_id })
    assert.equal(sandbox.ledger()[1].made[1].operation_log_id, report.operation_log_id)
    assert.equal("available", assert(client:show_backup { backup_id = BACKUP.id }).status)
  end)

  it("client:wait fails with the service's code and message when a restore fails", function()
    sandbox.patch { backups = { single_only = { restore_result = {
      status = "fail", code = "BackupService.2005", reason = "no such disk",
    } } } }
    local _, err = client:wait(client:restore_backup { backup_id = BACKUP.id }, QUICK)
    assert.same({ "task", "BackupService.2005", "no such disk" }, { err.kind, err.code, err.message })
    assert.equal("failed", err.report.status)
  end)

  it("client:wait returns the error of a restore that was rejected", function()
    local report, err = client:wait(client:restore_backup { backup_id = fixtures.nowhere.id })
    assert.same({ nil, "not_found", "restore_backup" }, { report, err.kind, err.operation })
  end)

  it("client:wait follows the second restore of a backup, not the first one", function()
    local first = assert(client:wait(client:restore_backup { backup_id = BACKUP.id }, QUICK))
    local second = assert(client:wait(client:restore_backup { backup_id = BACKUP.id }, QUICK))
    assert.are_not.equal(first.operation_log_id, second.operation_log_id)
    assert.equal(sandbox.ledger()[2].made[1].operation_log_id, second.operation_log_id)
  end)

  it("client:wait follows a restore whose task shows no request id", function()
    sandbox.quirks { request_ids = false }
    local report = assert(client:wait(client:restore_backup { backup_id = BACKUP.id }, QUICK))
    assert.equal(sandbox.ledger()[1].made[1].operation_log_id, report.operation_log_id)
  end)

  it("client:wait follows the second restore of a backup if the tasks show no request id", function()
    sandbox.quirks { request_ids = false }
    for i = 1, 2 do
      local report = assert(client:wait(client:restore_backup { backup_id = BACKUP.id }, QUICK))
      assert.equal(sandbox.ledger()[i].made[1].operation_log_id, report.operation_log_id)
      sandbox.forward(60)
    end
  end)

  it("client:wait follows the deletion of a vault with its backups", function()
    local id = fixtures.vaults.single.id
    local deletion = assert(client:delete_vault { vault_id = id })
    local report = assert(client:wait(deletion, QUICK))
    assert.same({ "success", "vault_delete", id }, { report.status, report.operation_type, report.vault_id })
    assert.equal(1, report.task.extra_info.vault_delete.total_count)
    local _, err = client:show_vault { vault_id = id }
    assert.equal("not_found", err.kind)
  end)

  it("client:wait follows a deletion if the response is an empty object", function()
    sandbox.quirks { empty_objects = true }
    local id = fixtures.vaults.single.id
    local report = assert(client:wait(client:delete_vault { vault_id = id }, QUICK))
    assert.same({ "success", "vault_delete", 1 }, { report.status, report.operation_type, report.total })
    local _, err = client:show_vault { vault_id = id }
    assert.equal("not_found", err.kind)
  end)

  it("client:wait reports the deletion of a vault as a success if the vault is gone and no task is listed", function()
    sandbox.quirks { late_tasks = 1e9 }
    local id = fixtures.vaults.single.id
    local report = assert(client:wait(client:delete_vault { vault_id = id }, QUICK))
    assert.same({ "success", nil, id }, { report.status, report.task, report.vault_id })
  end)

  it("a result that client:wait can follow is a plain table, so that another process can follow the work", function()
    local restore = assert(client:restore_backup { backup_id = BACKUP.id })
    local copy = {}
    for name, value in pairs(restore) do
      assert.equal("string", type(value))
      copy[name] = value
    end
    local other = support.client()
    assert.equal("success", assert(other:wait(copy, QUICK)).status)
    other:close()
  end)
end)

-- A follower is what client:wait uses to poll one task or one order.
describe("the follower of a task without an id", function()
  local ORDER = {
    operation_type = "restore", backup_id = "b", target_id = "server", request_id = "r",
    started_at = "2026-11-26T08:00:00Z",
  }

  local function task(id, request_id, backup_id, target_id, second)
    return {
      id = id, operation_type = "restore", status = "running", vault_id = "vault",
      created_at = ("2026-11-26T08:00:0%dZ"):format(second or 0),
      extra_info = {
        common = { request_id = request_id }, restore = { backup_id = backup_id, target_resource_id = target_id },
      },
    }
  end

  -- Returns the id of the task that is followed, and the parameters of the list.
  local function followed(tasks, changes)
    local order = {}
    support.merge(order, ORDER)
    for name, value in pairs(changes or {}) do
      order[name] = value or nil
    end
    local follower, asked = started.follow(order), nil
    assert(follower.poll(function(name, params)
      if name == "show_op_log" then
        return { id = params.operation_log_id, status = "running" }
      end
      asked = params
      return { operation_logs = (params.offset or 0) == 0 and tasks or {}, count = #tasks }
    end))
    return follower.items[1].task_id, asked
  end

  it("the follower of a task without an id recognizes the task by its request id", function()
    assert.equal("2", (followed { task("1", "q", "b", "server"), task("2", "r", "b", "server") }))
    assert.is_nil((followed { task("1", "q", "b", "server") }))
  end)

  it("of the tasks without a request id, the follower takes the earliest one whose backup and target match", function()
    assert.equal("4", (followed {
      task("1", nil, "another", "server"), task("2", nil, "b", "another"), task("3", nil, "b", "server", 2),
      task("4", nil, "b", "server", 1),
    }))
    assert.equal("1", (followed({ task("1", "q", "b", "server") }, { request_id = false })))
    assert.equal("1", (followed({ task("1", nil, "b", "another") }, { target_id = false })))
  end)

  it("the follower takes no task without a request id that was created over two seconds before the request", function()
    local function at(id, time)
      local made = task(id, nil, "b", "server")
      made.created_at = time
      return made
    end
    assert.is_nil((followed { at("1", "2026-11-26T07:50:00Z"), at("2", "2026-11-26T07:59:57.9Z"), at("3", nil) }))
    assert.equal("2", (followed { at("1", "2026-11-26T07:59:57.9Z"), at("2", "2026-11-26T07:59:58Z") }))
    assert.equal("3", (followed({ at("3", nil) }, { started_at = false })))
  end)

  it("the follower prefers a task with the right request id to an earlier task without a request id", function()
    assert.equal("2", (followed { task("1", nil, "b", "server", 1), task("2", "r", "b", "server", 2) }))
    assert.equal("2", (followed { task("2", "r", "b", "server", 2), task("1", nil, "b", "server", 1) }))
  end)

  it("the follower reads only tasks of the followed type that are at most 15 minutes older than the request", function()
    local _, asked = followed {}
    assert.same({ "restore", "2026-11-26T07:45:00Z" }, { asked.operation_type, asked.start_time })
    _, asked = followed({}, { started_at = false })
    assert.is_nil(asked.start_time)
  end)
end)
