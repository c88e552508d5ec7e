-- Runs of dr.replicate with a store: they resume after a kill, and order nothing twice.

local dr = require "cbr.dr"
local recovery = require "spec.helpers.recovery"
local support = require "spec.helpers.support"

local sandbox = support.sandbox
local HOUR = recovery.HOUR

describe("a run of dr.replicate with a store", function()
  local client, vault, store, fails_at

  recovery.for_each_test(function(made)
    sandbox.time_scale(3000)
    client, vault, fails_at = made, recovery.vault "prod", nil
    store = recovery.store(function(_, text)
      if fails_at and text:find(fails_at) then
        error("killed", 0)
      end
    end)
  end)

  local function run(changes, by)
    local params = {
      vault_ids = { vault }, destinations = { recovery.destination }, interval = 0.02, store = store,
      at = math.floor(recovery.now()),
    }
    support.merge(params, changes)
    return dr.replicate(by or client, params)
  end

  it("a copy is not ordered if the store fails before the order", function()
    recovery.backup(vault, "web", HOUR)
    fails_at = '"state":"ordering"'
    local report = assert(run())
    assert.same({ "not_started", "error", "killed" },
      { report.rows[1].status, report.rows[1].reason, report.rows[1].message })
    assert.same({}, sandbox.ledger())
    fails_at = nil
    assert.is_true(run().is_green)
    assert.equal(1, #sandbox.ledger())
  end)

  it("dr.replicate returns an error if the store fails at the beginning of the run", function()
    recovery.backup(vault, "web", HOUR)
    fails_at = '"state":"running"'
    local report, err = run()
    assert.is_nil(report)
    assert.same({ "config", "dr.replicate" }, { err.kind, err.operation })
    assert.matches("killed", err.message)
    assert.same({}, sandbox.ledger())
  end)

  it("the report has `store_problem` if the store fails at the end of the run", function()
    recovery.backup(vault, "web", HOUR)
    local report = run { store = recovery.store(function(_, text)
      if text:find '"state":"ended"' and text:find "status" == nil then
        error("full", 0)
      end
    end) }
    assert.matches("full", report.store_problem)
    assert.is_true(report.is_green)
  end)

  it("a copy that was ordered before the process was killed is followed, and not ordered again", function()
    for _, shows_records in ipairs { true, false } do
      sandbox.quirks { records = shows_records }
      recovery.backup(vault, "web" .. tostring(shows_records), HOUR)
      sandbox.time_scale(1)
      fails_at = '"state":"ended"'
      assert(run { timeout = 1 })
      sandbox.time_scale(3000)
      fails_at = nil
      assert.is_true(run().is_green)
    end
    assert.equal(2, #sandbox.ledger())
  end)

  it("an order whose response was lost is found, and not placed again, although it is not visible at first", function()
    sandbox.quirks { accepts_duplicates = true, late_records = 0.8 * 3000, late_tasks = 0.8 * 3000 }
    local id = recovery.backup(vault, "web", HOUR, { size = 2000 }) -- the order becomes visible before its copy ends
    local hasty, patient = recovery.client { reconcile = false, max_attempts = 1 }, recovery.client { settle_time = 2 }
    sandbox.fault { call = "copy_backup", fault = "reset_after" }
    local report = assert(run({}, hasty))
    assert.same({ "unknown", "network" }, { report.rows[1].status, report.rows[1].error_kind })
    report = assert(run({}, patient))
    hasty:close()
    patient:close()
    assert.equal("success", report.rows[1].status, report.rows[1].message)
    assert.equal(1, recovery.orders()[id])
  end)

  it("an order that the service has certainly not accepted is placed again", function()
    local id = recovery.backup(vault, "web", HOUR)
    local hasty = recovery.client { reconcile = false, max_attempts = 1 }
    sandbox.fault { call = "copy_backup", fault = "close_before" }
    assert.equal("unknown", assert(run({}, hasty)).rows[1].status)
    hasty:close()
    assert.equal("success", assert(run()).rows[1].status)
    assert.equal(1, recovery.orders()[id])
  end)

  it("a failed copy is not ordered again by the process that resumes the run, but by the next run", function()
    local id = recovery.backup(vault, "web", HOUR, { replication_result = { status = "fail" } })
    local other = recovery.backup(vault, "db", 2 * HOUR)
    local open = true
    store = recovery.store(function(key)
      if open and key:find(other, 1, true) then
        error("killed", 0)
      end
    end)
    local set = store.set
    function store.set(key, text)
      -- a killed process does not mark its run as ended
      if not (open and key == "cbr-dr.1.replicate" and text:find "ended") then
        return set(key, text)
      end
    end
    run()
    open = false
    local report = run()
    assert.same({ "failed", "already_tried", "success" },
      { report.rows[1].status, report.rows[1].reason, report.rows[2].status })
    assert.equal(1, recovery.orders()[id])
    assert.equal("failed", run().rows[1].status)
    assert.equal(2, recovery.orders()[id])
  end)

  it("a run that reached its timeout is resumed by the next call, which does not order failed copies again", function()
    local id = recovery.backup(vault, "web", HOUR, {
      replication_result = { status = "fail", code = "BackupService.1006", reason = "no" },
    })
    recovery.backup(vault, "db", 2 * HOUR, { size = 400 })
    sandbox.time_scale(60)
    local clock, seen = support.shifted_clock(), {}
    finally(clock.restore)
    local report = assert(run { timeout = 60, concurrency = 2, on_progress = function(progress)
      if progress.row then
        seen[progress.row.resource_name .. " " .. progress.row.status] = true
      end
      if seen["web failed"] and seen["db in_progress"] then
        clock.ahead = 100 -- the timeout passes
      end
    end })
    assert.same({ "failed", "in_progress" }, { report.rows[1].status, report.rows[2].status })
    sandbox.time_scale(3000)
    report = assert(run())
    assert.same({ "failed", "already_tried", "BackupService.1006", "no", "success" }, {
      report.rows[1].status, report.rows[1].reason, report.rows[1].error_code, report.rows[1].message,
      report.rows[2].status,
    })
    assert.equal(1, recovery.orders()[id])
    assert.equal("failed", run().rows[1].status) -- this is the next run
    assert.equal(2, recovery.orders()[id])
  end)

  it("a run places its orders although the clock of the host is set forward during the run", function()
    recovery.backup(vault, "web", HOUR)
    recovery.backup(vault, "db", 2 * HOUR)
    local time = os.time
    finally(function() rawset(os, "time", time) end)
    local set_forward
    local report = assert(run { concurrency = 1, timeout = 60, on_progress = function(progress)
      if progress.row and progress.row.status == "success" then
        set_forward = set_forward or #sandbox.ledger()
        rawset(os, "time", function(...) return time(...) + (... and 0 or HOUR) end)
      end
    end })
    assert.same({ "success", "success" }, { report.rows[1].status, report.rows[2].status })
    assert.equal(1, set_forward) -- the clock was set forward before the second order
  end)

  it("with keep_open, later calls with the name of the run do not order a failed or skipped copy again", function()
    for _, status in ipairs { "fail", "skip" } do
      local id = recovery.backup(vault, status, HOUR, { replication_result = { status = status } })
      local ended = assert(run { run = status, keep_open = true }).rows
      local again = assert(run { run = status, keep_open = true }).rows
      for i, row in ipairs(again) do
        assert.equal(ended[i].status, row.status)
        assert.equal("already_tried", row.reason)
      end
      assert.equal(1, recovery.orders()[id])
      assert(run { run = status .. "-next", keep_open = true })
      assert.equal(2, recovery.orders()[id])
      recovery.reset()
      sandbox.time_scale(3000)
      vault = recovery.vault "prod"
    end
  end)

  it("with keep_open, a rejected order is placed again by the next call", function()
    local id = recovery.backup(vault, "web", HOUR)
    sandbox.fault { call = "copy_backup", fault = "status", status = 400, code = "BackupService.6125" }
    local hasty = recovery.client { max_attempts = 1 }
    assert.equal("failed", assert(run({ keep_open = true }, hasty)).rows[1].status)
    assert.equal("success", assert(run({ keep_open = true }, hasty)).rows[1].status)
    hasty:close()
    assert.equal(1, recovery.orders()[id])
  end)

  it("on_progress is called once for each change, and `done` counts the copies that have ended", function()
    recovery.backup(vault, "web", HOUR)
    local seen, last = {}, nil
    run { on_progress = function(progress)
      if progress.phase == "copies" then
        local state = progress.row.status .. tostring(progress.row.progress)
        assert.is_nil(seen[state])
        seen[state], last = true, progress
      end
    end }
    assert.same({ 1, 1 }, { last.done, last.total })
  end)
end)
