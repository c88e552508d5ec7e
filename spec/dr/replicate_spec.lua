-- dr.replicate: its orders and reports. No copy is ordered twice.

local dr = require "cbr.dr"
local json = require "cbr.util.json"
local recovery = require "spec.helpers.recovery"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures
local HOUR = recovery.HOUR

describe("dr.replicate", function()
  local client, vault

  recovery.for_each_test(function(made)
    sandbox.time_scale(3000)
    client, vault = made, recovery.vault "prod"
  end)

  local function params_of(changes)
    return recovery.changed({
      vault_ids = { vault }, destinations = { recovery.destination }, interval = 0.02,
      at = math.floor(recovery.now()),
    }, changes)
  end

  local function run(changes, by)
    local report, err = dr.replicate(by or client, params_of(changes))
    return assert(report, tostring(err))
  end

  for _, stamps in ipairs(recovery.stamps) do
    for _, shows_records in ipairs { true, false } do
      local records = shows_records and "with replication records" or "without replication records"
      local words = ("replica_stamps = %s, %s"):format(stamps, records)

      it("dr.replicate makes the missing copies, and the next run orders nothing, " .. words, function()
        sandbox.quirks { replica_stamps = stamps, records = shows_records }
        for hour = 1, 3 do
          recovery.backup(vault, "web", hour * HOUR)
        end
        local newest = recovery.backup(vault, "db", HOUR, { name = "db" })
        local report = run()
        assert.same({ 2, 2, true }, { report.totals.rows, report.totals.success, report.is_green })
        local orders, total = recovery.orders()
        assert.same({ 1, 2 }, { orders[newest], total })
        local request = sandbox.ledger()[1].request.replicate
        assert.matches("^cbr%-dr/1 source=[%x-]+ at=%d+%-%d+%-%d+T%d+:%d+:%d+Z$", request.description)
        report = run()
        assert.same({ 2, 2, true }, { report.totals.rows, report.totals.there, report.is_green })
        assert.equal(2, select(2, recovery.orders()))
        assert.is_true(dr.copies(client, {
          vault_ids = { vault }, destinations = { recovery.destination }, rpo = "26h",
          at = math.floor(recovery.now()),
        }).is_green)
      end)
    end
  end

  it("a dry run orders nothing, and returns the same rows as the run", function()
    recovery.copy(client, recovery.backup(vault, "copied", HOUR, { name = "copied", size = 5 }))
    recovery.backup(vault, "web", HOUR, { name = "web", size = 40 })
    recovery.backup(vault, "data", HOUR, { name = "data", contain_system_disk = false })
    recovery.backup(vault, "broken", HOUR, { status = "error" })
    sandbox.clear_ledger()
    local plan = run { dry_run = true }
    assert.same({
      copied = "there", web = "missing", data = "not_replicable no_system_disk", broken = "no_backup",
    }, { copied = plan.rows[1].status, web = recovery.statuses(plan).web,
      data = plan.rows[3].status .. " " .. plan.rows[3].reason, broken = recovery.statuses(plan).broken })
    assert.same({ 1, 40, true }, { plan.room[1].copies, plan.room[1].needed_gb, plan.room[1].has_room })
    assert.is_true(plan.dry_run)
    assert.same({}, sandbox.ledger())
    local report = run()
    assert.equal(#plan.rows, #report.rows)
    for i, row in ipairs(report.rows) do
      assert.same({ plan.rows[i].resource_id, plan.rows[i].backup_id, plan.rows[i].size_gb },
        { row.resource_id, row.backup_id, row.size_gb })
    end
    assert.equal("success", recovery.statuses(report).web)
    assert.is_false(report.is_green) -- `broken` has no backup
  end)

  it("the plan reports whether the destination has room, and the run reports a full vault", function()
    recovery.backup(vault, "web", HOUR, { name = "web", size = 500 })
    local full = { region = recovery.destination.region, project_id = recovery.destination.project_id,
      vault_id = fixtures.vaults.replicas_full.id }
    local plan = run { destinations = { full }, dry_run = true }
    assert.same({ 500, 0, false }, { plan.room[1].needed_gb, plan.room[1].free_gb, plan.room[1].has_room })
    assert.matches("at most 500 GB, but the vault has only 0 GB free", dr.text(plan), 1, true)
    local report = run { destinations = { full } }
    assert.same({ "failed", "quota", "BackupService.6129" },
      { report.rows[1].status, report.rows[1].error_kind, report.rows[1].error_code })
    sandbox.patch { vaults = { replicas_full = { auto_expand = true } } }
    assert.is_true(run({ destinations = { full }, dry_run = true }).room[1].has_room)
  end)

  it("`select` takes the newest backups, all backups since a time, or one backup for each day", function()
    for _, hours in ipairs { 1, 2, 30, 31, 60 } do
      recovery.backup(vault, "web", hours * HOUR, { name = "h" .. hours })
    end
    local function names(selection)
      local list = {}
      for i, row in ipairs(run({ select = selection, dry_run = true }).rows) do
        list[i] = row.backup_name
      end
      return table.concat(list, " ")
    end
    assert.equal("h1", names(nil))
    assert.equal("h1 h2 h30", names { newest = 3 })
    assert.equal("h1 h2", names { since = math.floor(recovery.now() - 10 * HOUR) })
    assert.matches("^h1 .*h60$", names { per = "day", last = 7 })
    assert.equal("h1", names { per = "day", last = 1 })
  end)

  it("copies of the newest backups are ordered first, and at most `concurrency` copies are in progress", function()
    for i = 1, 6 do
      recovery.backup(vault, "r" .. i, i * HOUR, { name = "r" .. i, size = 40 })
    end
    local in_flight, most, finished = {}, 0, {}
    run { concurrency = 2, on_progress = function(progress)
      if progress.phase == "copies" then
        in_flight[progress.row.backup_name] = progress.row.status == "in_progress" or nil
        local count = 0
        for _ in pairs(in_flight) do
          count = count + 1
        end
        most = math.max(most, count)
        finished[#finished + 1] = progress.row.status == "success" and progress.done or nil
      end
    end }
    assert.is_true(most <= 2, most)
    assert.same({ 1, 2, 3, 4, 5, 6 }, finished)
    local ledger, order = sandbox.ledger(), {}
    for i, entry in ipairs(ledger) do
      order[i] = entry.made[1].backup_id
    end
    local report = run { dry_run = true }
    for i, row in ipairs(report.rows) do
      local place
      for n, id in ipairs(order) do
        place = id == row.backup_id and n or place
      end
      assert.is_true(math.abs(place - i) <= 1, place) -- two orders are in progress at a time
    end
  end)

  it("a destination that rejects every order does not stop the orders for other destinations", function()
    local second = recovery.vault("replicas_2", { kind = "replicas", project = "east", size = 100000 })
    sandbox.patch { projects = { home = { destinations = { "cn-east-3", "cn-north-1" } } } }
    for i = 1, 3 do
      recovery.backup(vault, "r" .. i, HOUR)
    end
    local wrong = { region = "cn-north-1", project_id = fixtures.projects.twin.id, vault_id = second }
    local report = run { destinations = { wrong, recovery.destination }, concurrency = 1 }
    assert.equal(3, report.totals.success)
    assert.equal(3, report.totals.failed)
    assert.equal(4, support.count "copy_backup") -- one order to the wrong destination, three to the other destination
    assert.same({ recovery.destination.region, 3 }, { sandbox.ledger()[1].request.replicate.destination_region,
      #sandbox.ledger() })
  end)

  it("failed and skipped copies are reported with their reason, and the next run orders them again, once", function()
    local result = { status = "fail", code = "BackupService.1006", reason = "Failed to create the replica." }
    local id = recovery.backup(vault, "web", HOUR, { name = "web", replication_result = result })
    recovery.backup(vault, "db", HOUR, { name = "db", replication_result = { status = "skip" } })
    local report = run()
    assert.same({ "failed", "BackupService.1006", "Failed to create the replica." },
      { report.rows[1].status, report.rows[1].error_code, report.rows[1].message })
    assert.equal("skipped", report.rows[2].status)
    assert.is_false(report.is_green)
    assert.equal(1, recovery.orders()[id])
    run()
    assert.equal(2, recovery.orders()[id])
  end)

  it("a copy that was deleted at the destination is ordered again", function()
    local id = recovery.backup(vault, "web", HOUR)
    local replica = run().rows[1].replica_id
    local there = recovery.client_there()
    recovery.delete(there, replica)
    there:close()
    assert.equal("success", run().rows[1].status)
    assert.equal(2, recovery.orders()[id])
  end)

  it("a copy in progress that another process ordered is followed, and not ordered again", function()
    sandbox.time_scale(100)
    local id = recovery.backup(vault, "web", HOUR, { size = 40 })
    assert(client:copy_backup {
      backup_id = id, destination_region = recovery.destination.region,
      destination_project_id = recovery.destination.project_id, destination_vault_id = recovery.destination.vault_id,
    })
    assert.equal("in_progress", run({ dry_run = true }).rows[1].status)
    assert.equal("success", run().rows[1].status)
    assert.equal(1, recovery.orders()[id])
  end)

  it("a backup that the service rejects as already copied has the status `there` and the basis `service`", function()
    local other = recovery.vault("more_replicas", { kind = "replicas", project = "east" })
    recovery.copy(client, recovery.backup(vault, "web", HOUR), { destination_vault_id = other })
    local report = run()
    assert.same({ "there", "service" }, { report.rows[1].status, report.rows[1].basis })
    assert.equal(1, select(2, recovery.orders()))
  end)

  it("a service that lets a vault be replicated only once still accepts copies of single backups", function()
    sandbox.quirks { vault_once_per_region = true }
    recovery.backup(vault, "web", 3 * HOUR)
    assert.is_true(run().is_green)
    recovery.backup(vault, "web", HOUR)
    assert.is_true(run().is_green)
    assert.equal(2, select(2, recovery.orders()))
  end)

  it("a hybrid vault is not_replicable, except as a whole with method = \"vault\"", function()
    sandbox.patch { vaults = { replicas_vmware = { project_id = recovery.destination.project_id } } }
    local destination = { region = recovery.destination.region, project_id = recovery.destination.project_id,
      vault_id = fixtures.vaults.replicas_vmware.id }
    local changes = { vault_ids = { fixtures.vaults.hybrid.id }, destinations = { destination } }
    local report = run(changes)
    assert.same({ "not_replicable", "needs_method_vault" }, { report.rows[1].status, report.rows[1].reason })
    changes.method = "vault"
    report = run(changes)
    assert.same({ 2, true }, { report.totals.success, report.is_green })
    local ledger = sandbox.ledger()
    assert.same({ 1, "replicate", 2 }, { #ledger, ledger[1].operation, #ledger[1].made })
    assert.same({ 200, 2 }, { report.room[1].needed_gb, report.room[1].copies })
    assert.is_true(run(changes).is_green)
    assert.equal(1, #sandbox.ledger())
  end)

  it("if the replicas cannot be read, the rows are unread, and nothing is ordered", function()
    recovery.backup(vault, "web", HOUR)
    sandbox.fault { call = "list_backups", skip = 1, fault = "status", status = 403, code = "APIGW.0302" }
    local report = run()
    assert.same({ "unread", "replicas" }, { report.rows[1].status, report.rows[1].reason })
    assert.is_false(report.is_green)
    assert.same({}, sandbox.ledger())
  end)

  it("after the timeout, no order is placed, and a copy in progress has the status in_progress", function()
    sandbox.time_scale(1)
    recovery.backup(vault, "web", HOUR, { size = 40, name = "web" })
    recovery.backup(vault, "db", 2 * HOUR, { size = 40, name = "db" })
    local clock = support.shifted_clock()
    finally(clock.restore)
    local report = run { timeout = 60, concurrency = 1, on_progress = function(progress)
      if progress.row and progress.row.status == "in_progress" then
        clock.ahead = 100 -- the timeout passes
      end
    end }
    assert.same({ web = "in_progress", db = "not_started timeout" }, recovery.statuses(report))
    assert.equal("timeout", report.rows[1].error_kind)
    assert.is_false(report.is_green)
    recovery.forward(200)
    assert.equal("there", run({ dry_run = true }).rows[1].status)
  end)

  it("dr.replicate takes a list of clients, and makes one report", function()
    recovery.backup(vault, "web", HOUR)
    local down = recovery.client { endpoint = "https://127.0.0.1:1", max_attempts = 1 }
    local report = run({ vault_ids = "none", name_prefix = "prod" }, { down, client })
    down:close()
    assert.same({ 1, 1, false }, { report.totals.success, report.totals.unread, report.is_green })
  end)

  it("dr.replicate returns plain data, or one error with all problems of the parameters", function()
    recovery.backup(vault, "web", HOUR)
    assert.equal("replicate", json.decode(assert(json.encode(run()))).kind)
    sandbox.clear_requests()
    local report, err = dr.replicate(client, params_of { select = {}, store = { get = 1 }, destinations = "none" })
    assert.is_nil(report)
    assert.equal("argument", err.kind)
    assert.equal(4, #err.problems, tostring(err))
    assert.same({}, sandbox.requests())
  end)
end)
