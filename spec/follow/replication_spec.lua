-- client:wait for a replication: the state of every backup, from records or from tasks.

local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("client:wait for a replication", function()
  local client

  before_each(function()
    sandbox.reset()
    sandbox.time_scale(600)
    client = support.client()
  end)

  after_each(function()
    client:close()
  end)

  local QUICK = { interval = 0.05 }

  local function replicate(vault)
    return assert(client:replicate(support.replicate_params { vault_id = fixtures.vaults[vault].id }))
  end

  -- A client of Open Telekom Cloud, whose service shows tasks and no records, and a replication there.
  local function replicate_by_tasks()
    local de_client = support.client {
      project_id = fixtures.projects.de.id, credentials = { token = fixtures.tokens.de.value },
    }
    return de_client, assert(de_client:replicate {
      vault_id = fixtures.vaults.de_server.id, destination_vault_id = fixtures.vaults.nl_replicas.id,
      destination_project_id = fixtures.projects.nl.id, destination_region = "eu-nl",
    })
  end

  it("reports every backup of the replication, and why other backups were left out", function()
    local report, err = client:wait(replicate "server", QUICK)
    assert.is_nil(err)
    assert.same({ 3, 3, 3, 0, 0, 100 }, {
      report.total, report.done, report.succeeded, report.failed, report.skipped, report.percent,
    })
    assert.same({ fixtures.vaults.server.id, fixtures.vaults.replicas.id, "cn-east-3" }, {
      report.vault_id, report.destination_vault_id, report.destination_region,
    })
    for _, backup in ipairs(report.backups) do
      assert.equal("success", backup.status)
      assert.equal(100, backup.progress)
      assert.matches("^%x+%-%x+", backup.destination_backup_id)
    end
    local reasons = {}
    for _, backup in ipairs(report.left_out) do
      reasons[backup.name] = backup.reason
    end
    assert.same({ broken = "state_error", data_only = "no_system_disk", replica = "is_replica" }, reasons)
  end)

  it("reports backups that already exist in the destination region as left out", function()
    assert(client:wait(replicate "single", QUICK))
    sandbox.patch { fill = { vault_id = "single", count = 1, size = 1 } }
    local report = assert(client:wait(replicate "single", QUICK))
    assert.equal(1, report.total)
    assert.equal(1, #report.left_out)
    assert.same({ "only", "already_there" }, { report.left_out[1].name, report.left_out[1].reason })
  end)

  it("calls on_progress after each poll, with percentages that never fall", function()
    sandbox.time_scale(1) -- until there were some polls
    local reported = {}
    assert(client:wait(replicate "server", { interval = 0.02, on_progress = function(progress)
      reported[#reported + 1] = progress
      if #reported == 4 then
        sandbox.time_scale(600)
      end
      assert.equal(3, progress.total)
      assert.equal(3, #progress.items)
      assert.is_true(progress.elapsed >= 0 and progress.percent >= 0 and progress.percent <= 100)
    end }))
    for i = 2, #reported do
      assert.is_true(reported[i].percent >= reported[i - 1].percent)
    end
    assert.equal(100, reported[#reported].percent)
    assert.is_true(#reported > 3)
  end)

  it("fails with the whole report when a backup fails, but not when a backup is skipped", function()
    local report, err = client:wait(replicate "mixed", QUICK)
    assert.is_nil(report)
    assert.same({ "task", "BackupService.1006", false }, { err.kind, err.code, err.retryable })
    assert.matches("1 of 4 failed; the first: Failed to create the replica.", err.message, 1, true)
    assert.same({ 4, 2, 1, 1 }, { err.report.done, err.report.succeeded, err.report.failed, err.report.skipped })
    local by_status = {}
    for _, backup in ipairs(err.report.backups) do
      by_status[backup.status] = backup
    end
    assert.equal("BackupService.1006", by_status.failed.fail_code)
    assert.equal("Failed to create the replica.", by_status.failed.fail_reason)
    assert.equal("BackupService.1009", by_status.skipped.fail_code)
  end)

  it("can wait again for a replication after a timeout", function()
    sandbox.time_scale(1)
    local replication = replicate "server"
    local report, err = client:wait(replication, { interval = 0.05, timeout = 0.1 })
    assert.is_nil(report)
    assert.same({ "timeout", true }, { err.kind, err.retryable })
    assert.equal(3, err.report.total)
    assert.is_true(err.report.done < 3)
    sandbox.time_scale(600)
    assert(client:wait(replication, QUICK))
  end)

  it("sends one request per poll for 500 backups #many", function()
    sandbox.patch { fill = { vault_id = "empty", count = 500, size = 1 } }
    sandbox.time_scale(1) -- until there were some polls
    local replication = replicate "empty"
    assert.equal(500, #replication.backups)
    sandbox.clear_requests()
    local polls = 0
    local report = assert(client:wait(replication, { interval = 0.1, on_progress = function()
      polls = polls + 1
      if polls == 3 then
        sandbox.time_scale(600)
      end
    end }))
    assert.equal(500, report.succeeded)
    assert.equal(polls, #sandbox.requests())
    assert.equal(polls, support.count "list_backups")
    assert.is_true(polls > 2)
  end)

  it("sends one request per poll for 500 backups that only tasks show #many", function()
    sandbox.patch { fill = { vault_id = "de_server", count = 500, size = 1 } }
    sandbox.time_scale(100)
    local de_client, replication = replicate_by_tasks()
    sandbox.clear_requests()
    local polls = 0
    local report = assert(de_client:wait(replication, {
      interval = 0.1, on_progress = function() polls = polls + 1 end,
    }))
    assert.is_true(report.succeeded >= 500)
    assert.equal(polls, support.count "list_op_logs")
    assert.is_true(#sandbox.requests() <= polls + 2) -- two more, which find no records: the list of backups, one backup
    de_client:close()
  end)

  it("reads the tasks when the cloud shows no records", function()
    local de_client, replication = replicate_by_tasks()
    local report = assert(de_client:wait(replication, QUICK))
    assert.same({ 2, 2, 0 }, { report.total, report.succeeded, report.failed })
    for _, backup in ipairs(report.backups) do
      assert.matches("^%x+%-%x+", backup.task_id)
      assert.matches("^%x+%-%x+", backup.destination_backup_id)
    end
    de_client:close()
  end)

  it("returns the same report whatever form the service uses for records, numbers and times", function()
    local function report_with(quirks)
      sandbox.reset()
      sandbox.time_scale(600)
      sandbox.quirks(quirks)
      local _, err = client:wait(replicate "mixed", QUICK)
      assert.equal("task", err.kind)
      local all = {}
      for i, backup in ipairs(err.report.backups) do
        all[i] = { backup.backup_id, backup.status, backup.fail_code or "-" }
      end
      return all
    end
    local expected = report_with {}
    for _, quirks in ipairs {
      { records_in_list = false }, { records = false }, { extra_info_text = true }, { old_names = true },
      { numbers_as_text = true }, { nulls = true }, { stamps = "z" }, { stamps = "offset" }, { late_records = 30 },
      { extra_info_text = true, numbers_as_text = true, nulls = true, old_names = true },
    } do
      local name = next(quirks)
      assert.same(expected, report_with(quirks), name)
    end
  end)
end)
