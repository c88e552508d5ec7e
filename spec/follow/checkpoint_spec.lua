-- client:wait for a restore point: the tasks that make its backups.

local checkpoint = require "cbr.follow.checkpoint"
local progress = require "cbr.follow.progress"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

local VAULT = fixtures.vaults.server.id

describe("client:wait for a restore point", function()
  local client

  set_up.for_each_test(function()
    sandbox.time_scale(1200)
    client = support.client { settle_time = 0.3 }
    return client
  end)

  local QUICK = { interval = 0.05 }

  local function backups_of(report)
    local by_resource = {}
    for _, item in ipairs(report.backups) do
      by_resource[item.resource_id] = item
    end
    return by_resource
  end

  it("client:wait follows the backup of every resource of a restore point's vault", function()
    local made = assert(client:create_checkpoint { vault_id = VAULT })
    local report = assert(client:wait(made, QUICK))
    assert.same({ made.id, VAULT }, { report.checkpoint_id, report.vault_id })
    assert.equal(#made.vault.resources, report.succeeded)
    assert.is_true(report.succeeded > 1)
    for _, item in ipairs(report.backups) do
      local backup = assert(client:show_backup { backup_id = item.backup_id })
      assert.same({ made.id, item.resource_id, "available" },
        { backup.checkpoint_id, backup.resource_id, backup.status })
      assert.same({ "success", 100 }, { item.status, item.progress })
      assert.is_string(item.task_id)
    end
  end)

  it("client:wait reports a resource whose backup fails, with the service's code and reason", function()
    local made = assert(client:create_checkpoint { vault_id = VAULT })
    local id = made.vault.resources[1].id
    assert(client:wait(made, QUICK))
    sandbox.patch { resources = { [id] = { backup_result = {
      status = "fail", code = "BackupService.1006", reason = "no room",
    } } } }
    local report, err = client:wait(assert(client:create_checkpoint { vault_id = VAULT }), QUICK)
    assert.is_nil(report)
    assert.same({ "task", "BackupService.1006" }, { err.kind, err.code })
    assert.same({ 1, #made.vault.resources - 1 }, { err.report.failed, err.report.succeeded })
    local item = backups_of(err.report)[id]
    assert.same({ "failed", "no room" }, { item.status, item.fail_reason })
  end)

  it("client:wait follows two restore points of one vault, each with its own backups", function()
    local resources = assert(client:show_vault { vault_id = VAULT }).resources
    local made = {}
    for i = 1, 2 do
      made[i] = assert(client:create_checkpoint {
        vault_id = VAULT, parameters = { resources = { resources[i].id } },
      })
    end
    local report = assert(client:wait(made, QUICK))
    assert.equal(2, report.succeeded)
    for i = 1, 2 do
      assert.same({ made[i].id, 1, resources[i].id },
        { report.parts[i].checkpoint_id, #report.parts[i].backups, report.parts[i].backups[1].resource_id })
    end
  end)

  it("client:wait follows tasks that are listed late, and names a resource for which no task is listed", function()
    sandbox.quirks { late_tasks = 600 }
    assert.is_true(assert(client:wait(assert(client:create_checkpoint { vault_id = VAULT }), QUICK)).succeeded > 0)
    sandbox.quirks { late_tasks = 1e7 }
    local made = assert(client:create_checkpoint { vault_id = VAULT })
    local _, err = client:wait(made, { interval = 0.05, timeout = 0.5 })
    assert.equal("timeout", err.kind)
    assert.matches("the service does not show " .. made.vault.resources[1].id, err.message, 1, true)
  end)

  it("client:wait follows a restore point on Open Telekom Cloud", function()
    local telekom = support.client { project_id = fixtures.projects.de.id }
    local made = assert(telekom:create_checkpoint { vault_id = fixtures.vaults.de_server.id })
    assert.equal(#made.vault.resources, assert(telekom:wait(made, QUICK)).succeeded)
    telekom:close()
  end)
end)

-- A follower is what client:wait uses to poll one order and to keep the order's items.
describe("the follower of a restore point", function()
  local POINT = {
    id = "point", created_at = "2026-11-26T08:00:00.5", vault = {
      id = "vault", resources = { { id = "a" }, { id = "b" } }, skipped_resources = {
        { id = "c", code = "BackupService.6125", reason = "The resource is restoring." },
      },
    },
  }

  local function polled(tasks, point)
    local follower = checkpoint.follow(point or POINT)
    local asked
    local ok, err = follower.poll(function(_, params)
      asked = params
      return { operation_logs = (params.offset or 0) == 0 and tasks or {}, count = #tasks }
    end)
    return follower, asked, ok, err
  end

  local function task(id, resource, changes)
    local made = {
      id = id, operation_type = "backup", status = "success", checkpoint_id = "point",
      extra_info = { resource = { id = resource }, backup = { backup_id = "backup of " .. resource } },
    }
    return support.merge(made, changes)
  end

  local function states(follower)
    local list = {}
    for i, item in ipairs(follower.items) do
      list[i] = item.resource_id .. " " .. item.status
    end
    return list
  end

  it("the follower of a restore point reads the tasks since a minute before the creation of the point", function()
    local _, asked = polled {}
    assert.same({ "vault", "backup", "2026-11-26T07:59:00Z" },
      { asked.vault_id, asked.operation_type, asked.start_time })
  end)

  it("before a task is listed, the follower of a restore point knows all resources, even the skipped ones", function()
    local follower = polled {}
    assert.same({ "a waiting", "b waiting", "c skipped" }, states(follower))
    assert.same({ "BackupService.6125", "The resource is restoring." },
      { follower.items[3].fail_code, follower.items[3].fail_reason })
    assert.equal(1, progress.sum(follower.items).done)
  end)

  it("a restore point's follower accepts tasks of the point's resources that name this point or no point", function()
    local follower = polled {
      task("1", "a", { checkpoint_id = "another" }), task("2", "b", { checkpoint_id = false }),
      task("3", "d", { checkpoint_id = false }), task("4", "a", { operation_type = "delete" }),
    }
    assert.same({ "a waiting", "b success", "c skipped" }, states(follower))
    assert.same({ "2", "backup of b" }, { follower.items[2].task_id, follower.items[2].backup_id })
  end)

  it("the follower of a restore point accepts a task for a resource that the response did not name", function()
    local follower = polled({ task("1", "a"), task("2", "b") }, { id = "point", vault = { id = "vault" } })
    assert.same({ "a success", "b success" }, states(follower))
    follower = polled({ task("1", "a", { checkpoint_id = "POINT" }), task("2", "b", { checkpoint_id = "" }) },
      { id = "point", vault = { id = "vault" } })
    assert.same({ "a success" }, states(follower))
  end)

  it("a restore point's follower finds a resource by its id as the service wrote it, and shows clean ids", function()
    local follower = polled({ task("1", "r\t1"), task("2", "S") }, { id = "point", vault = {
      id = "vault", resources = { { id = "r\t1" }, { id = "s" } },
    } })
    assert.same({ "r 1 success", "s success" }, states(follower))
  end)

  it("the follower of a restore point keeps the same item in all polls for a task that names no resource", function()
    local follower = checkpoint.follow { id = "point", vault = { id = "vault" } }
    for _, state in ipairs { "running", "running", "success" } do
      local tasks = {}
      for i = 1, 2 do
        tasks[i] = { id = tostring(i), operation_type = "backup", status = state, checkpoint_id = "point" }
      end
      assert(follower.poll(function() return { operation_logs = tasks, count = 2 } end))
      assert.equal(2, #follower.items)
    end
    for i = 1, 2 do
      assert.same({ "success", tostring(i) }, { follower.items[i].status, follower.items[i].task_id })
    end
  end)

  it("the follower of a restore point fails with not_found as long as it knows no resource", function()
    local follower, _, ok, err = polled({}, { id = "point", vault = { id = "vault" } })
    assert.same({ 0, nil, "not_found" }, { #follower.items, ok, err.kind })
  end)

  it("the follower of a restore point needs the ids of the restore point and of the vault", function()
    assert.is_nil(checkpoint.follow { id = "point", vault = {} })
    assert.is_nil(checkpoint.follow { vault = { id = "vault" } })
  end)
end)
