-- client:wait for a replication whose backup is deleted at the source before its copy has ended.

local json = require "cbr.util.json"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("a replication whose backup is deleted at the source", function()
  local client, replication, deleted

  set_up.for_each_test(function()
    sandbox.time_scale(1)
    client = support.client { settle_time = 0.3 }
    replication = support.replicate(client, "server")
    deleted = replication.backups[#replication.backups].backup_id
    return client
  end)

  -- Makes the list lack the last backup of the replication, and show that all others succeeded.
  local function delete()
    local vault_id = fixtures.vaults.server.id
    local list, kept = assert(client:list_backups { vault_id = vault_id, show_replication = true }), {}
    for _, backup in ipairs(list.backups) do
      for _, record in ipairs(backup.replication_records or {}) do
        record.status = "success"
      end
      kept[#kept + 1] = backup.id ~= deleted and backup or nil
    end
    sandbox.fault {
      call = "list_backups", fault = "invalid_json", times = -1,
      body = json.encode { backups = kept, count = #kept },
    }
  end

  it("client:wait reads from the task how a copy ended if the source backup was deleted", function()
    assert.is_nil((client:wait(replication, { interval = 0.05, timeout = 0.2 })))
    sandbox.time_scale(600)
    delete()
    local report, err = client:wait(replication, { interval = 0.05, timeout = 20 })
    assert.is_nil(err)
    assert.same({ 3, 3 }, { report.total, report.succeeded })
  end)

  it("client:wait continues while the status of a deleted backup's task is running", function()
    delete()
    local _, err = client:wait(replication, { interval = 0.05, timeout = 0.8 })
    assert.equal("timeout", err.kind)
    assert.same({ 3, 0 }, { err.report.total, err.report.failed })
  end)

  it("client:wait fails, and names the deleted backup, if that backup has no task one settle time later", function()
    local body = '{"operation_logs":[],"count":0}'
    sandbox.fault { call = "list_op_logs", fault = "invalid_json", body = body, times = -1 }
    delete()
    sandbox.time_scale(600)
    local report, err = client:wait(replication, { interval = 0.05, timeout = 20 })
    assert.is_nil(report)
    assert.equal("task", err.kind)
    assert.matches("backup " .. deleted .. " no longer exists at the source", err.message, 1, true)
    assert.equal(1, err.report.failed)
    assert.is_true(err.report.elapsed < 10)
  end)

  it("the error of a timeout names a deleted backup that neither a backup list nor a task list shows", function()
    sandbox.fault {
      call = "list_op_logs", fault = "invalid_json", body = '{"operation_logs":[],"count":0}', times = -1,
    }
    delete()
    local patient = support.client { settle_time = 60 } -- longer than the timeout
    local _, err = patient:wait(replication, { interval = 60, timeout = 20 }) -- ends after the first poll
    patient:close()
    assert.equal("timeout", err.kind)
    assert.matches("; the service does not show " .. deleted, err.message, 1, true)
  end)

  it("client:wait continues if a backup is missing from the lists for less than one settle time", function()
    sandbox.time_scale(600)
    sandbox.fault { call = "list_backups", fault = "invalid_json", body = '{"backups":[],"count":0}', times = 2 }
    assert.equal(3, assert(client:wait(replication, { interval = 0.02 })).succeeded)
  end)
end)
