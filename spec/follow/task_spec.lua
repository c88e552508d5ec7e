-- client:wait for a sync, or for a task of the service by its id.

local json = require "cbr.util.json"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("client:wait for a task", function()
  local client

  set_up.for_each_test(function()
    sandbox.time_scale(600)
    client = support.client()
    return client
  end)

  local QUICK = { interval = 0.05 }

  local function sync(vault)
    return assert(client:sync { vault_id = fixtures.vaults[vault].id })
  end

  it("client:wait counts the backups that a sync imported, removed and could not import", function()
    local report = assert(client:wait(sync "hybrid", QUICK))
    assert.same({ "success", 3, 1, 0 }, { report.status, report.imported, report.removed, report.not_imported })
    assert.equal(fixtures.vaults.hybrid.id, report.vault_id)
    assert.equal("sync", report.task.operation_type)
  end)

  it("client:wait fails for a sync that the service calls a success though a backup was not imported", function()
    local _, err = client:wait(sync "hybrid_partial", QUICK)
    assert.equal("task", err.kind)
    assert.same({ 2, 1 }, { err.report.imported, err.report.not_imported })
    assert.matches("1 backup could not be imported", err.message)
  end)

  it("client:wait fails with the service's code and message when a sync fails", function()
    local _, err = client:wait(sync "hybrid_failing", QUICK)
    assert.same({ "task", "BackupService.6406" }, { err.kind, err.code })
    assert.equal(err.code, err.report.fail_code)
    assert.equal(err.message, err.report.fail_reason)
    assert.equal("failed", err.report.status)
  end)

  it("client:wait follows a task by its id", function()
    local id = sync "hybrid".operation_log_id
    local report = assert(client:wait(id, QUICK))
    assert.same({ id, "success", 3 }, { report.operation_log_id, report.status, report.imported })
    assert.equal(fixtures.vaults.hybrid.id, report.vault_id)
  end)

  it("client:wait reports no counts of imported backups for a task that is not a sync", function()
    local replication = assert(client:replicate(support.replicate_params()))
    assert(client:wait(replication, QUICK))
    local tasks = assert(client:list_op_logs { vault_id = fixtures.vaults.server.id }).operation_logs
    local report = assert(client:wait(tasks[1].id, QUICK))
    assert.equal("replication", report.task.operation_type)
    assert.same({}, { report.imported, report.removed, report.not_imported })
  end)

  it("client:wait fails for a task that has not appeared within one settle time", function()
    local hasty = support.client { settle_time = 0.3 }
    local _, err = hasty:wait(fixtures.nowhere.id, QUICK)
    hasty:close()
    assert.equal("not_found", err.kind)
    assert.is_true(support.count "show_op_log" > 1)
    assert.is_true(err.report.elapsed < 5)
  end)

  it("client:wait continues when the task is listed late, and when the task is missing from one response", function()
    local started = sync "hybrid"
    sandbox.fault { call = "show_op_log", fault = "status", status = 404, code = "BackupService.4001", times = 2 }
    local polls = 0
    local report = assert(client:wait(started, { interval = 0.05, on_progress = function()
      polls = polls + 1
      if polls == 4 then
        sandbox.fault { call = "show_op_log", fault = "status", status = 404, code = "BackupService.4001" }
      end
    end }))
    assert.equal("success", report.status)
  end)

  it("client:wait does not take a task of another id, vault or type for the task of a sync", function()
    local started = sync "hybrid"
    local other = fixtures.nowhere.id
    local id, vault_id = started.operation_log_id, started.vault_id
    for words, task in pairs {
      ["the response has another 'id' than the request"] = { id = other, vault_id = vault_id, operation_type = "sync" },
      ["the task belongs to another vault"] = { id = id, vault_id = other, operation_type = "sync" },
      ["the task is not a sync"] = { id = id, vault_id = vault_id, operation_type = "backup" },
    } do
      task.status = "success"
      sandbox.fault {
        call = "show_op_log", fault = "status", status = 200, body = json.encode { operation_log = task }, times = -1,
      }
      local report, err = client:wait(started, { timeout = 20, interval = 60 }) -- ends after the first poll
      assert.is_nil(report)
      assert.equal("timeout", err.kind)
      assert.matches(words, err.message, 1, true)
      sandbox.clear_faults()
    end
  end)

  it("client:wait takes a task whose vault has its id in upper case, or has none, for the task of a sync", function()
    local started = sync "hybrid"
    for _, vault_id in ipairs { started.vault_id:upper(), "" } do
      sandbox.fault { call = "show_op_log", fault = "status", status = 200, body = json.encode { operation_log = {
        id = started.operation_log_id, vault_id = vault_id, operation_type = "sync", status = "success",
      } }, times = -1 }
      assert.equal("success", assert(client:wait(started, { timeout = 20, interval = 0.05 })).status)
      sandbox.clear_faults()
    end
  end)

  it("client:wait polls the id of the order, although a response shows the task's id as a number", function()
    local started = sync "hybrid"
    sandbox.fault { call = "show_op_log", fault = "status", status = 200, body = json.encode { operation_log = {
      id = 123, vault_id = started.vault_id, operation_type = "sync", status = "running",
    } } }
    assert.equal("success", assert(client:wait(started, QUICK)).status)
    assert.is_true(support.count "show_op_log" > 1)
  end)

  it("client:wait is not disturbed by changes of its arguments during the wait", function()
    local replication = assert(client:replicate(support.replicate_params()))
    local options = { interval = 0.05, timeout = 60 }
    function options.on_progress()
      replication.vault_id, replication.destination_region, replication.backups = "x", "y", nil
      options.interval, options.timeout, options.on_progress = -1, 0, nil
    end
    local report, err = client:wait(replication, options)
    report = report or err.report
    assert.equal(fixtures.vaults.server.id, report.vault_id)
    assert.same({ 3, 3 }, { report.total, report.done })
  end)
end)
