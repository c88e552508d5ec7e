-- client:wait in general: polls that fail, the timeout, several orders at once, and misuse.

local await = require "cbr.loop.await"
local cbr = require "cbr"
local errors = require "cbr.errors"
local retry = require "cbr.call.retry"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("client:wait", function()
  local client

  set_up.for_each_test(function()
    sandbox.time_scale(600)
    client = support.client()
    return client
  end)

  local QUICK = { interval = 0.05 }

  local function sync()
    return assert(client:sync { vault_id = fixtures.vaults.hybrid.id })
  end

  it("client:wait waits by default six hours for backups, and half an hour for other work", function()
    sandbox.time_scale(1)
    for _, case in ipairs { { support.replicate(client, "server"), 6 }, { sync(), 0.5 } } do
      local started, hours = case[1], case[2]
      -- If the next poll is due after the timeout, the wait ends. Otherwise, it notices that the client was closed. The
      -- interval varies by a tenth.
      for share, kind in pairs { [0.9] = "network", [1.2] = "timeout" } do
        local other = support.client()
        local _, err = other:wait(started, {
          interval = share * hours * 3600, on_progress = function() other:close() end,
        })
        assert.equal(kind, err.kind)
      end
    end
  end)

  it("an on_progress function may change its argument", function()
    local order = support.replicate(client, "server")
    local report = assert(client:wait(order, { interval = 0.05, on_progress = function(progress)
      for name, value in pairs(progress.items[1]) do
        progress.items[1][name] = type(value) == "number" and "x" or {}
      end
      progress.done, progress.total, progress.failed = {}, 7, "x"
      order.vault_id, order.backups = {}, nil
    end }))
    assert.same({ 3, 3, 100 }, { report.done, report.succeeded, report.percent })
  end)

  it("client:wait raises for a list that is nested too deep, and treats an id of NaN as missing", function()
    local inner = { fixtures.nowhere.id }
    for _ = 1, 200000 do
      inner = { inner }
    end
    local ok, message = pcall(client.wait, client, inner)
    assert.is_false(ok)
    assert.matches("wait: the list has more than 100 levels", message, 1, true)
    local order = support.replicate(client, "server")
    for _, backup in ipairs(order.backups) do
      backup.replication_record_id = 0 / 0
    end
    local _, err = client:wait(order, { interval = 0.05, timeout = 0.2 })
    assert.equal("timeout", err.kind)
  end)

  it("client:wait does not read a list for ever, although each page brings new items and promises more", function()
    local order = support.replicate(client, "server")
    local call, frozen = require "cbr.call.call", support.frozen_clock()
    local read, pages = call.read, 0
    finally(function()
      call.read = read
      frozen.restore()
    end)
    call.read = function(_, _, _, options)
      if options.timeout <= 0 then
        return nil, errors.new({ kind = "timeout", message = "late", retryable = true }, { operation = "wait" })
      end
      frozen.now, pages = frozen.now + 1, pages + 1
      assert(pages < 100, "it reads on")
      return { backups = { { id = "b" .. pages } }, count = 1e9 }
    end
    local _, err = client:wait(order, { timeout = 10 })
    assert.same({ "timeout", 10 }, { err.kind, pages })
  end)

  it("client:wait follows several replications and syncs, and reports each order with its own figures", function()
    local report = assert(client:wait({ support.replicate(client, "server"), sync() }, QUICK))
    assert.equal(4, report.total)
    assert.equal(3, #report.parts[1].backups)
    assert.equal(3, report.parts[2].imported)
    for i, total in ipairs { 3, 1 } do
      local part = report.parts[i]
      assert.same({ total, total, total, 0, 0, 100 }, {
        part.total, part.done, part.succeeded, part.failed, part.skipped, part.percent,
      })
      assert.is_true(part.elapsed >= 0 and part.elapsed <= report.elapsed)
    end
  end)

  it("client:wait for several orders reports the figures of each order when one order fails", function()
    local _, err = client:wait({ support.replicate(client, "server"), support.replicate(client, "mixed") }, QUICK)
    local good, bad = err.report.parts[1], err.report.parts[2]
    assert.same({ 3, 0, 4, 1 }, { good.succeeded, good.failed, bad.done, bad.failed })
    assert.same({ 7, 1 }, { err.report.done, err.report.failed })
  end)

  it("the report of client:wait has `parts` for a list of one order, but not for a single order", function()
    local replication = support.replicate(client, "server")
    local report = assert(client:wait({ replication }, QUICK))
    assert.is_nil(report.backups)
    assert.same({ 1, 3, 3 }, { #report.parts, #report.parts[1].backups, report.parts[1].done })
    report = assert(client:wait(replication, QUICK))
    assert.is_nil(report.parts)
    assert.equal(3, #report.backups)
  end)

  it("client:wait succeeds at once for an empty list, without a request", function()
    sandbox.clear_requests()
    local report = assert(client:wait {})
    assert.same({ {}, 0, 0, 100 }, { report.parts, report.total, report.failed, report.percent })
    assert.same({}, sandbox.requests())
  end)

  it("client:wait(client:sync(...)) returns the error of the sync if the sync failed", function()
    sandbox.fault { call = "sync", fault = "status", status = 400, code = "BackupService.6112" }
    local report, err = client:wait(client:sync { vault_id = fixtures.vaults.hybrid.id })
    assert.is_nil(report)
    assert.same({ "sync", "BackupService.6112", "rejected" }, { err.operation, err.code, err.outcome })
    report, err = client:wait(client:sync {})
    assert.is_nil(report)
    assert.same({ "sync", "argument" }, { err.operation, err.kind })
  end)

  it("client:wait checks its first argument before its options", function()
    local ok, message = pcall(client.wait, client, "no-id", { intervall = 1 })
    assert.is_false(ok)
    assert.matches("is needed", message)
    ok, message = pcall(client.wait, client, nil, { message = "not an error of cbr" })
    assert.is_false(ok)
    assert.matches("is needed", message)
  end)

  it("client:wait follows several orders concurrently in cbr.map", function()
    local reports, failures = cbr.map({ support.replicate(client, "server"), sync() }, function(started)
      return client:wait(started, QUICK)
    end)
    assert.same({}, failures)
    assert.equal(3, reports[1].succeeded)
    assert.equal(3, reports[2].imported)
  end)

  it("client:wait continues after a poll with a transient failure", function()
    local replication = support.replicate(client, "server")
    for _, fault in ipairs { "reset_before", "html_502", "throttled", "invalid_json", "truncated" } do
      sandbox.fault { call = "list_backups", fault = fault }
    end
    assert(client:wait(replication, QUICK))
    assert.is_true(support.count "list_backups" > 5)
  end)

  it("client:wait polls again for a replication without backups if the only poll for it failed", function()
    local started = sync()
    assert(client:wait(started, QUICK))
    local no_backups = { backups = {}, vault_id = fixtures.vaults.server.id, destination_region = "cn-east-3" }
    sandbox.fault { call = "list_backups", fault = "html_502" }
    local report = assert(client:wait({ no_backups, started }, QUICK))
    assert.equal(6, #report.parts[1].left_out) -- only a successful poll can find the backups that were left out
  end)

  it("client:wait ends after a poll with a permanent failure, and returns the report so far", function()
    local replication = support.replicate(client, "server")
    sandbox.fault { call = "list_backups", fault = "status", status = 403, code = "APIGW.0802", message = "no entry" }
    local _, err = client:wait(replication, QUICK)
    assert.equal("forbidden", err.kind)
    assert.equal(3, err.report.total)
  end)

  it("the error of a client:wait that timed out says why the last poll failed", function()
    local replication = support.replicate(client, "server")
    sandbox.fault { call = "list_backups", fault = "html_502", times = -1 }
    local _, err = client:wait(replication, { interval = 60, timeout = 20 }) -- ends after the first poll
    assert.equal("timeout", err.kind)
    assert.matches("the last poll failed: HTTP 502", err.message)
  end)

  it("the error of a client:wait whose last poll was cut short says why the next-to-last poll failed", function()
    local replication = support.replicate(client, "server")
    sandbox.fault { call = "list_backups", fault = "html_502" }
    sandbox.fault { call = "list_backups", fault = "drip", times = -1 }
    local _, err = client:wait(replication, { interval = 0.05, timeout = 2 })
    assert.equal("timeout", err.kind)
    assert.matches("the last poll failed: HTTP 502", err.message)
  end)

  it("client:wait fails when the client is closed", function()
    sandbox.time_scale(1)
    local started = sync()
    local results, failures = cbr.map({ "wait", "close" }, function(job)
      if job == "wait" then
        return client:wait(started, { interval = 0.2 })
      end
      client:list_vault { limit = 1 }
      client:close()
      return true
    end)
    assert.is_true(results[2])
    assert.equal("network", failures[1].kind)
    assert.equal(1, failures[1].report.total)
  end)

  it("client:wait fails when on_progress closes the client", function()
    sandbox.time_scale(1)
    local report, err = client:wait(sync(), { interval = 0.05, on_progress = function() client:close() end })
    assert.is_nil(report)
    assert.same({ "network", 1 }, { err.kind, err.report.total })
  end)

  it("client:wait uses no CPU time between polls", function()
    sandbox.time_scale(60)
    local replication = support.replicate(client, "server")
    local from = os.clock()
    client:wait(replication, { interval = 1, timeout = 2.5 })
    assert.is_true(os.clock() - from < 1)
  end)

  it("client:wait polls less often with time, but at least once in twelve intervals", function()
    sandbox.time_scale(1)
    local started, frozen, pauses = sync(), support.frozen_clock(), {}
    local sleep, random = await.sleep, retry.random
    finally(function()
      frozen.restore()
      await.sleep, retry.random = sleep, random
    end)
    function await.sleep(_, seconds)
      pauses[#pauses + 1], frozen.now = seconds, frozen.now + seconds
    end
    function retry.random() return 0.5 end -- no interval varies
    local _, err = client:wait(started, { interval = 1, timeout = 100 })
    assert.equal("timeout", err.kind)
    assert.equal(1, pauses[1])
    for i = 2, #pauses do
      assert.is_true(pauses[i] > pauses[i - 1] or pauses[i] == 12, pauses[i])
    end
    assert.equal(12, pauses[#pauses])
  end)

  it("client:wait raises for anything but a task id, a result with a task to follow, or a list of these", function()
    for _, bad in ipairs { 5, "no-id", { backups = {} }, { { x = 1 } }, { fixtures.nowhere.id, 5 } } do
      local ok, message = pcall(client.wait, client, bad)
      assert.is_false(ok)
      assert.matches("is needed", message)
    end
  end)

  it("client:wait fails for a result of replicate or sync that has no ids to follow", function()
    for _, result in ipairs {
      { vault_id = fixtures.vaults.server.id }, { vault_id = fixtures.vaults.server.id, backups = { {} } },
      { vault_id = fixtures.vaults.hybrid.id, operation_log_id = "malformed" },
    } do
      local report, err = client:wait(result, QUICK)
      assert.is_nil(report)
      assert.same({ "protocol", "wait" }, { err.kind, err.operation })
    end
    assert.same({}, sandbox.requests())
  end)

  it("client:wait raises for an unknown option, and on a closed client", function()
    assert.is_false(pcall(client.wait, client, fixtures.nowhere.id, { intervall = 1 }))
    client:close()
    assert.is_false(pcall(client.wait, client, fixtures.nowhere.id))
  end)
end)
