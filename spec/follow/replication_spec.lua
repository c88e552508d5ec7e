-- client:wait for a replication: the state of every backup, from records or from tasks.

local follow = require("cbr.follow.replication").follow
local json = require "cbr.util.json"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("client:wait for a replication", function()
  local client

  set_up.for_each_test(function()
    sandbox.time_scale(600)
    client = support.client()
    return client
  end)

  local QUICK = { interval = 0.05 }

  -- Makes a client of Open Telekom Cloud, whose service shows tasks but no records, and places a replication there.
  local function replicate_by_tasks()
    local de_client = support.client {
      project_id = fixtures.projects.de.id, credentials = { token = fixtures.tokens.de.value },
    }
    return de_client, assert(de_client:replicate {
      vault_id = fixtures.vaults.de_server.id, destination_vault_id = fixtures.vaults.nl_replicas.id,
      destination_project_id = fixtures.projects.nl.id, destination_region = "eu-nl",
    })
  end

  it("client:wait reports every backup of a replication, and why other backups were left out", function()
    local report, err = client:wait(support.replicate(client, "server"), QUICK)
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

  it("client:wait reports backups that already exist in the destination region as left out", function()
    assert(client:wait(support.replicate(client, "single"), QUICK))
    sandbox.patch { fill = { vault_id = "single", count = 1, size = 1 } }
    local report = assert(client:wait(support.replicate(client, "single"), QUICK))
    assert.equal(1, report.total)
    assert.equal(1, #report.left_out)
    assert.same({ "only", "already_there" }, { report.left_out[1].name, report.left_out[1].reason })
  end)

  it("client:wait calls on_progress after each poll, with percentages that never fall", function()
    sandbox.time_scale(1) -- the replication stays in progress for some polls
    local reported = {}
    assert(client:wait(support.replicate(client, "server"), { interval = 0.02, on_progress = function(progress)
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

  it("client:wait fails with the whole report when a backup fails, but not when a backup is skipped", function()
    local report, err = client:wait(support.replicate(client, "mixed"), QUICK)
    assert.is_nil(report)
    assert.same({ "task", "BackupService.1006", false }, { err.kind, err.code, err.retryable })
    assert.matches("1 of 4 failed; the first failure: Failed to create the replica.", err.message, 1, true)
    assert.same({ 4, 2, 1, 1 }, { err.report.done, err.report.succeeded, err.report.failed, err.report.skipped })
    local by_status = {}
    for _, backup in ipairs(err.report.backups) do
      by_status[backup.status] = backup
    end
    assert.equal("BackupService.1006", by_status.failed.fail_code)
    assert.equal("Failed to create the replica.", by_status.failed.fail_reason)
    assert.equal("BackupService.1009", by_status.skipped.fail_code)
  end)

  it("client:wait can wait again for a replication after a timeout", function()
    sandbox.time_scale(1)
    local replication = support.replicate(client, "server")
    local report, err = client:wait(replication, { interval = 0.05, timeout = 0.1 })
    assert.is_nil(report)
    assert.same({ "timeout", true }, { err.kind, err.retryable })
    assert.equal(3, err.report.total)
    assert.is_true(err.report.done < 3)
    sandbox.time_scale(600)
    assert(client:wait(replication, QUICK))
  end)

  it("client:wait sends one request per poll for 500 backups #many", function()
    sandbox.patch { fill = { vault_id = "empty", count = 500, size = 1 } }
    sandbox.time_scale(1) -- the replication stays in progress for some polls
    local replication = support.replicate(client, "empty")
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

  it("client:wait sends one request per poll for 500 backups that only tasks name #many", function()
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
    assert.is_true(#sandbox.requests() <= polls + 2) -- the two additional requests find no records
    de_client:close()
  end)

  it("client:wait reads the tasks when the cloud has no replication records", function()
    local de_client, replication = replicate_by_tasks()
    local report = assert(de_client:wait(replication, QUICK))
    assert.same({ 2, 2, 0 }, { report.total, report.succeeded, report.failed })
    for _, backup in ipairs(report.backups) do
      assert.matches("^%x+%-%x+", backup.task_id)
      assert.matches("^%x+%-%x+", backup.destination_backup_id)
    end
    de_client:close()
  end)

  it("client:wait returns the same report whatever form the service uses for records, numbers and times", function()
    local function report_with(quirks)
      sandbox.reset()
      sandbox.time_scale(600)
      sandbox.quirks(quirks)
      local _, err = client:wait(support.replicate(client, "mixed"), QUICK)
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

  it("client:wait names the backup whose status is unknown when the timeout passes", function()
    sandbox.time_scale(1)
    local replication = support.replicate(client, "server")
    local vault_id = fixtures.vaults.server.id
    local list = assert(client:list_backups { vault_id = vault_id, show_replication = true })
    local body = json.encode(list):gsub('"status":"[a-z_]*replicat[a-z]*"', '"status":"archiving"')
    sandbox.fault { call = "list_backups", fault = "invalid_json", body = body, times = -1 }
    local _, err = client:wait(replication, { interval = 60, timeout = 20 }) -- ends after the first poll
    sandbox.clear_faults()
    assert.equal("timeout", err.kind)
    assert.matches("; the status of %x+%-[%x%-]+ is 'archiving', which is unknown$", err.message)
    assert.equal("archiving", err.report.backups[1].unknown_status)
  end)
end)

-- A follower is what client:wait uses to poll one order and to keep the order's items.
describe("the follower of a replication", function()
  local BACKUP, RECORD, REGION = "11111111-2222-4333-8444-5555555abcde", "record", "cn-east-3"
  local follower, item, lists, asked

  before_each(function()
    follower = follow {
      backups = { { backup_id = BACKUP, replication_record_id = RECORD } }, vault_id = "v", destination_region = REGION,
    }
    item, asked = follower.items[1], {}
    lists = { list_backups = { { id = BACKUP } }, show_backup = { id = BACKUP }, list_op_logs = {} }
  end)

  local function poll()
    asked = {}
    assert(follower.poll(function(name)
      asked[#asked + 1] = name
      if name == "show_backup" then
        return lists.show_backup
      end
      return { count = #lists[name], [name == "list_backups" and "backups" or "operation_logs"] = lists[name] }
    end, 10))
    return item.status
  end

  local function task(status, created_at, region)
    return {
      id = created_at, status = status, created_at = created_at,
      extra_info = { replication = { source_backup_id = BACKUP, destination_region = region } },
    }
  end

  local function records(status)
    return { { id = BACKUP, replication_records = { { id = RECORD, status = status } } } }
  end

  it("a replication's follower begins each poll with the list of backups until a list shows the order", function()
    assert.equal("waiting", poll())
    assert.same({ "list_backups", "show_backup", "list_op_logs" }, asked)
    lists.list_backups = records "success"
    assert.equal("success", poll())
    assert.same({ "list_backups" }, asked)
  end)

  it("a replication's follower reads only the list of backups once that list has shown the order", function()
    lists.list_backups = records "replicating"
    assert.equal("running", poll())
    lists.list_backups = {}
    assert.equal("running", poll())
    assert.same({ "list_backups" }, asked)
  end)

  it("a replication's follower accepts lists with the order's ids in upper case", function()
    lists.list_backups = { {
      id = BACKUP:upper(), replication_records = { { id = RECORD:upper(), status = "success" } },
    } }
    assert.equal("success", poll())
    assert.same({}, follower.report().left_out)
    lists.list_backups = { { id = BACKUP:upper() } }
    lists.list_op_logs = { task("failed", "2021-12-07T06:00:01") }
    lists.list_op_logs[1].extra_info.replication.source_backup_id = BACKUP:upper()
    follower = follow { backups = { { backup_id = BACKUP } }, vault_id = "v", destination_region = REGION }
    item = follower.items[1]
    assert.equal("failed", poll())
  end)

  it("a replication's follower uses the newest task of a backup", function()
    lists.list_op_logs = {
      task("running", "2021-12-07T06:00:02"), task("failed", "2021-12-07T06:00:01"),
      task("skipped", "2021-12-07T06:00:00"),
    }
    assert.equal("running", poll())
    assert.equal("2021-12-07T06:00:02", item.task_id)
    lists.list_op_logs = { lists.list_op_logs[3], task("success", "2021-12-07T06:00:03") }
    assert.equal("success", poll())
  end)

  it("a replication's follower does not use a task of a replication to another region", function()
    lists.list_op_logs = {
      task("running", "2021-12-07T06:00:01"), task("failed", "2021-12-07T06:00:02", "cn-south-1"),
    }
    assert.equal("running", poll())
    lists.list_op_logs[1] = task("success", "2021-12-07T06:00:01", REGION)
    assert.equal("success", poll())
    lists.list_op_logs[1] = task("failed", "2021-12-07T06:00:01", REGION:upper())
    assert.equal("failed", poll())
  end)
end)
