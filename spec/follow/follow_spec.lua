-- Following a replication, a sync or a task to its end.

local cbr = require "cbr"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("client:wait", function()
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

  describe("on a replication", function()
    it("reports every backup, and those left out with the reason", function()
      local report, err = client:wait(replicate "server", QUICK)
      assert.is_nil(err)
      assert.same({ 3, 3, 3, 0, 0, 100 }, {
        report.total, report.done, report.succeeded, report.failed, report.skipped, report.percent,
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

    it("tells its progress as it goes", function()
      sandbox.time_scale(1) -- until it was looked at some times
      local told = {}
      assert(client:wait(replicate "server", { interval = 0.02, on_progress = function(p)
        told[#told + 1] = p
        if #told == 4 then
          sandbox.time_scale(600)
        end
        assert.equal(3, p.total)
        assert.equal(3, #p.items)
        assert.is_true(p.elapsed >= 0 and p.percent >= 0 and p.percent <= 100)
      end }))
      for i = 2, #told do
        assert.is_true(told[i].percent >= told[i - 1].percent)
      end
      assert.equal(100, told[#told].percent)
      assert.is_true(#told > 3)
    end)

    it("fails with the whole report when one backup fails, and takes a skipped one for no failure", function()
      local report, err = client:wait(replicate "mixed", QUICK)
      assert.is_nil(report)
      assert.same({ "task", "BackupService.1006", false }, { err.kind, err.code, err.retryable })
      assert.matches("1 of 4 failed; the first: Failed to create the replica.", err.message, 1, true)
      local all = err.report
      assert.same({ 4, 2, 1, 1 }, { all.done, all.succeeded, all.failed, all.skipped })
      local by_status = {}
      for _, backup in ipairs(all.backups) do
        by_status[backup.status] = backup
      end
      assert.equal("BackupService.1006", by_status.failed.fail_code)
      assert.equal("Failed to create the replica.", by_status.failed.fail_reason)
      assert.equal("BackupService.1009", by_status.skipped.fail_code)
    end)

    it("can be gone on with when the time was over", function()
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

    it("of 500 backups asks once for each look #many", function()
      sandbox.patch { fill = { vault_id = "empty", count = 500, size = 1 } }
      sandbox.time_scale(1) -- until it was looked at some times
      local replication = replicate "empty"
      assert.equal(500, #replication.backups)
      sandbox.clear_requests()
      local looks = 0
      local report = assert(client:wait(replication, { interval = 0.1, on_progress = function()
        looks = looks + 1
        if looks == 3 then
          sandbox.time_scale(600)
        end
      end }))
      assert.equal(500, report.succeeded)
      assert.equal(looks, #sandbox.requests())
      assert.equal(looks, support.count "list_backups")
      assert.is_true(looks > 2)
    end)

    it("reaches the same report whatever the service's manners", function()
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

    it("of 500 backups asks once for each look by tasks too #many", function()
      sandbox.patch { fill = { vault_id = "de_server", count = 500, size = 1 } }
      sandbox.time_scale(100)
      local one = support.client { project_id = fixtures.projects.de.id, credentials = { token = fixtures.tokens.de.value } }
      local replication = assert(one:replicate {
        vault_id = fixtures.vaults.de_server.id, destination_vault_id = fixtures.vaults.nl_replicas.id,
        destination_project_id = fixtures.projects.nl.id, destination_region = "eu-nl",
      })
      sandbox.clear_requests()
      local looks = 0
      local report = assert(one:wait(replication, {
        interval = 0.1, on_progress = function() looks = looks + 1 end,
      }))
      assert.is_true(report.succeeded >= 500)
      assert.equal(looks, support.count "list_op_logs")
      assert.is_true(#sandbox.requests() <= looks + 2) -- one look each at the list and at a backup to find the way
      one:close()
    end)

    it("goes by the tasks where the cloud shows no records", function()
      local one = support.client { project_id = fixtures.projects.de.id, credentials = { token = fixtures.tokens.de.value } }
      local replication = assert(one:replicate {
        vault_id = fixtures.vaults.de_server.id, destination_vault_id = fixtures.vaults.nl_replicas.id,
        destination_project_id = fixtures.projects.nl.id, destination_region = "eu-nl",
      })
      local report = assert(one:wait(replication, QUICK))
      assert.same({ 2, 2, 0 }, { report.total, report.succeeded, report.failed })
      for _, backup in ipairs(report.backups) do
        assert.matches("^%x+%-%x+", backup.task_id)
        assert.matches("^%x+%-%x+", backup.destination_backup_id)
      end
      one:close()
    end)
  end)

  describe("on a sync", function()
    it("counts what was taken in, removed, and not taken in", function()
      local report = assert(client:wait(assert(client:sync { vault_id = fixtures.vaults.hybrid.id }), QUICK))
      assert.same({ "success", 3, 1, 0 }, { report.status, report.imported, report.removed, report.not_imported })
      assert.equal(fixtures.vaults.hybrid.id, report.vault_id)
      assert.equal("sync", report.task.operation_type)
    end)

    it("does not take a success with failures for one", function()
      local _, err = client:wait(assert(client:sync { vault_id = fixtures.vaults.hybrid_partial.id }), QUICK)
      assert.equal("task", err.kind)
      assert.same({ 2, 1 }, { err.report.imported, err.report.not_imported })
      assert.matches("1 backups could not be taken in", err.message)
    end)

    it("fails with the service's words", function()
      local _, err = client:wait(assert(client:sync { vault_id = fixtures.vaults.hybrid_failing.id }), QUICK)
      assert.same({ "task", "BackupService.6406" }, { err.kind, err.code })
    end)
  end)

  it("follows a task by its id, and several things at once", function()
    local sync = assert(client:sync { vault_id = fixtures.vaults.hybrid.id })
    assert(client:wait(sync.operation_log_id, QUICK))
    sandbox.reset()
    sandbox.time_scale(600)
    local started = { replicate "server", assert(client:sync { vault_id = fixtures.vaults.hybrid.id }) }
    local report = assert(client:wait(started, QUICK))
    assert.equal(4, report.total)
    assert.equal(3, #report.parts[1].backups)
    assert.equal(3, report.parts[2].imported)
  end)

  it("does not end for a look that fails and can pass", function()
    local replication = replicate "server"
    for _, fault in ipairs { "reset_before", "html_502", "throttled", "invalid_json", "truncated" } do
      sandbox.fault { call = "list_backups", fault = fault }
    end
    assert(client:wait(replication, QUICK))
    assert.is_true(support.count "list_backups" > 5)
  end)

  it("does not forget a look that failed because another one went well", function()
    local sync = assert(client:sync { vault_id = fixtures.vaults.hybrid.id })
    assert(client:wait(sync, QUICK))
    local nothing = { backups = {}, vault_id = fixtures.vaults.server.id, destination_region = "cn-east-3" }
    sandbox.fault { call = "list_backups", fault = "html_502" }
    local report = assert(client:wait({ nothing, sync }, QUICK))
    assert.equal(6, #report.parts[1].left_out) -- known only from a look that went well
  end)

  it("ends for one that cannot pass, with the report so far", function()
    local replication = replicate "server"
    sandbox.fault { call = "list_backups", fault = "status", status = 403, code = "APIGW.0802", message = "no entry" }
    local _, err = client:wait(replication, QUICK)
    assert.equal("forbidden", err.kind)
    assert.equal(3, err.report.total)
    _, err = client:wait(fixtures.nowhere.id, QUICK)
    assert.equal("not_found", err.kind)
  end)

  it("says what the last look failed of when the time is over", function()
    local replication = replicate "server"
    sandbox.fault { call = "list_backups", fault = "html_502", times = -1 }
    local _, err = client:wait(replication, { interval = 0.05, timeout = 0.3 })
    assert.equal("timeout", err.kind)
    assert.matches("the last look failed: HTTP 502", err.message)
  end)

  it("says what the look before failed of, where the end of the time cut the last one short", function()
    local replication = replicate "server"
    sandbox.fault { call = "list_backups", fault = "html_502" }
    sandbox.fault { call = "list_backups", fault = "drip", times = -1 }
    local _, err = client:wait(replication, { interval = 0.05, timeout = 0.3 })
    assert.equal("timeout", err.kind)
    assert.matches("the last look failed: HTTP 502", err.message)
  end)

  it("waits side by side in cbr.map", function()
    local started = { replicate "server", assert(client:sync { vault_id = fixtures.vaults.hybrid.id }) }
    local reports, errors = cbr.map(started, function(one)
      return client:wait(one, QUICK)
    end)
    assert.same({}, errors)
    assert.equal(3, reports[1].succeeded)
    assert.equal(3, reports[2].imported)
  end)

  it("sleeps between its looks without spending time of the processor", function()
    sandbox.time_scale(60)
    local replication = replicate "server"
    local from = os.clock()
    client:wait(replication, { interval = 1, timeout = 2.5 })
    assert.is_true(os.clock() - from < 0.2)
  end)

  it("raises on misuse", function()
    for _, bad in ipairs { 5, "no-id", {}, { backups = {} }, { {} }, { fixtures.nowhere.id, 5 } } do
      local ok, message = pcall(client.wait, client, bad)
      assert.is_false(ok)
      assert.matches("is needed", message)
    end
    assert.is_false(pcall(client.wait, client, fixtures.nowhere.id, { intervall = 1 }))
    client:close()
    assert.is_false(pcall(client.wait, client, fixtures.nowhere.id))
  end)
end)
