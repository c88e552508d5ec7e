-- dr.copies: verdicts, age and lag of copies, and unreadable data.

local dr = require "cbr.dr"
local json = require "cbr.util.json"
local recovery = require "spec.helpers.recovery"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures
local HOUR, DAY = recovery.HOUR, recovery.DAY

describe("dr.copies", function()
  local client, vault

  recovery.for_each_test(function(made)
    client, vault = made, recovery.vault "prod"
  end)

  local function survey(changes, by)
    local params = {
      vault_ids = { vault }, destinations = { recovery.destination }, rpo = "26h", at = math.floor(recovery.now()),
    }
    return dr.copies(by or client, recovery.changed(params, changes))
  end

  for _, stamps in ipairs(recovery.stamps) do
    for _, shows_records in ipairs { true, false } do
      local records = shows_records and "with replication records" or "without replication records"
      local words = ("replica_stamps = %s, %s"):format(stamps, records)

      it("dr.copies computes a copy's age from the source backup's time, " .. words, function()
        sandbox.quirks { replica_stamps = stamps, records = true }
        local id = recovery.backup(vault, "web", 2 * HOUR)
        recovery.copy(client, id)
        sandbox.quirks { records = shows_records }
        recovery.forward(3 * HOUR)
        local row = recovery.row(survey(), "web")
        assert.same({ "compliant", shows_records and "record" or "task", id },
          { row.verdict, row.basis, row.source_backup_id })
        assert.is_true(math.abs(row.replica_age - 5 * HOUR - 200) < 10, row.replica_age)
        assert.is_true(row.lag >= 2 * HOUR and row.lag < 2 * HOUR + 210, row.lag)
        recovery.forward(DAY)
        assert.same({ web = "stale no_recent_backup" }, recovery.verdicts(survey()))
      end)

      it("dr.copies reports a backup as uncopied if its copy was deleted, " .. words, function()
        sandbox.quirks { replica_stamps = stamps }
        local replica = recovery.copy(client, recovery.backup(vault, "web", HOUR))
        local there = recovery.client_there()
        recovery.delete(there, replica)
        there:close()
        sandbox.quirks { records = shows_records }
        assert.same({ web = "uncopied replica_is_gone" }, recovery.verdicts(survey()))
      end)
    end

    it("if a source backup is gone, the copy's description gives the age, with replica_stamps = " .. stamps,
      function()
        sandbox.quirks { replica_stamps = stamps }
        local old, marked = recovery.backup(vault, "old", HOUR), recovery.backup(vault, "marked", HOUR)
        recovery.copy(client, old)
        recovery.copy(client, marked, {
          description = ("cbr-dr/1 source=%s at=%s"):format(marked, os.date("!%Y-%m-%dT%H:%M:%SZ",
            math.floor(recovery.now() - HOUR))),
        })
        recovery.delete(client, old)
        recovery.delete(client, marked)
        local report = survey()
        assert.same({ old = "unknown_age unknown_source", marked = "compliant" }, recovery.verdicts(report))
        assert.same({ "resource", "mark" }, { recovery.row(report, "old").basis, recovery.row(report, "marked").basis })
        assert.is_false(report.is_green)
        assert.is_true(recovery.row(report, "marked").replica_age > HOUR)
      end)

    it("an old copy has its exact age despite newer backups without a copy, if replica_stamps is " .. stamps,
      function()
        sandbox.quirks { replica_stamps = stamps }
        local oldest = recovery.backup(vault, "web", 20 * DAY)
        recovery.copy(client, oldest)
        for day = 1, 12 do
          recovery.backup(vault, "web", day * DAY)
        end
        local row = recovery.row(survey(), "web")
        assert.same({ "stale", "old_copy", oldest }, { row.verdict, row.reason, row.source_backup_id })
        assert.is_true(math.abs(row.replica_age - 20 * DAY) < 300, row.replica_age)
        row = recovery.row(survey { rpo = "21d" }, "web")
        assert.equal("compliant", row.verdict)
      end)
  end

  it("a report is green if at least one row is compliant and every other row is not_replicable", function()
    local id = recovery.backup(vault, "web", HOUR)
    recovery.copy(client, id)
    assert.is_true(survey().is_green)
    recovery.backup(vault, "disk_only", HOUR, { contain_system_disk = false })
    local report = survey()
    assert.same({ web = "compliant", disk_only = "not_replicable no_system_disk" }, recovery.verdicts(report))
    assert.is_true(report.is_green)
    assert.equal(1, report.totals.not_replicable)
    recovery.backup(vault, "db", HOUR)
    report = survey()
    assert.is_false(report.is_green)
    assert.same({ "uncopied never_copied", 3 }, { recovery.verdicts(report).db, report.totals.rows })
    assert.is_false(survey({ vault_ids = "none", name_prefix = "no_such_vault" }).is_green)
  end)

  it("a resource is stale if its newest backup has waited for its copy longer than `lag`", function()
    recovery.copy(client, recovery.backup(vault, "web", 10 * HOUR))
    recovery.backup(vault, "web", 5 * HOUR)
    assert.same({ web = "compliant" }, recovery.verdicts(survey { lag = "6h" }))
    recovery.forward(2 * HOUR)
    local report = survey { lag = "6h" }
    assert.same({ web = "stale lag" }, recovery.verdicts(report))
    assert.equal(1, report.totals.late) -- the copy that exists arrived more than six hours after its backup
    assert.same({ web = "compliant" }, recovery.verdicts(survey()))
  end)

  it("a row has the reason why its resource has no copy", function()
    recovery.backup(vault, "broken", HOUR, { status = "error" })
    recovery.backup(vault, "waits", HOUR)
    assert(client:copy_backup {
      backup_id = recovery.backup(vault, "runs", HOUR), destination_region = recovery.destination.region,
      destination_project_id = recovery.destination.project_id, destination_vault_id = recovery.destination.vault_id,
    })
    local report = survey()
    assert.same({
      broken = "uncopied no_backup", waits = "uncopied never_copied", runs = "uncopied in_progress",
    }, recovery.verdicts(report))
    recovery.forward(200)
    assert.equal("compliant", recovery.row(survey(), "runs").verdict)
  end)

  it("a copy in another vault than the destination vault does not count", function()
    local other = recovery.vault("more_replicas", { kind = "replicas", project = "east" })
    recovery.copy(client, recovery.backup(vault, "web", HOUR), { destination_vault_id = other })
    assert.same({ web = "uncopied in_other_vault" }, recovery.verdicts(survey()))
    local anywhere = { region = recovery.destination.region, project_id = recovery.destination.project_id }
    local row = recovery.row(survey { destinations = { anywhere } }, "web")
    assert.same({ "compliant", other }, { row.verdict, row.replica_vault_id })
  end)

  it("the age of a copy is unknown if the copy's data has a time in the future", function()
    recovery.copy(client, recovery.backup(vault, "web", HOUR))
    assert.same({ web = "unknown_age clock" }, recovery.verdicts(survey { at = math.floor(recovery.now()) - DAY }))
  end)

  it("dr.copies ignores backups of resources that the vault no longer protects", function()
    local id = recovery.backup(vault, "web", HOUR)
    recovery.backup(vault, "gone", 100 * DAY)
    assert(client:remove_vault_resource { vault_id = vault, resource_ids = { recovery.resource "gone" } })
    recovery.forward(60)
    recovery.copy(client, id)
    assert.same({ web = "compliant" }, recovery.verdicts(survey()))
  end)

  it("dr.copies selects vaults by id, by the beginning of their names, or by tags, or takes all vaults", function()
    local other = recovery.vault "prod_two"
    recovery.backup(vault, "one", HOUR)
    recovery.backup(other, "two", HOUR)
    assert(client:create_vault_tags { vault_id = other, tag = { key = "env", value = "prod" } })
    local function names(changes)
      changes.vault_ids = changes.vault_ids or "none"
      local found = {}
      for name in pairs(recovery.verdicts(survey(changes))) do
        found[#found + 1] = name
      end
      table.sort(found)
      return table.concat(found, " ")
    end
    assert.equal("one two", names { name_prefix = "prod" })
    assert.equal("two", names { name_prefix = "prod_" })
    assert.equal("two", names { tags = { env = "prod" } })
    assert.equal("two", names { tags = { env = true } })
    assert.equal("", names { tags = { env = "test" } })
    assert.equal("one", names { vault_ids = { vault:upper() } })
    local report = survey { vault_ids = "none", all = true }
    local kinds = {}
    for _, row in ipairs(report.rows) do
      kinds[row.vault_name] = row.verdict
    end
    assert.equal("uncopied", kinds.hybrid) -- the service lists only public vaults by default
    assert.equal("not_replicable", kinds.disk)
    assert.is_nil(kinds.replicas)
  end)

  it("a vault whose backups cannot be read is unread, and the verdicts of other vaults are not affected", function()
    recovery.copy(client, recovery.backup(vault, "web", HOUR))
    local second = recovery.vault "second"
    recovery.backup(second, "db", HOUR)
    sandbox.fault { call = "list_backups", skip = 1, fault = "status", status = 403, code = "APIGW.0302" }
    local report = survey { vault_ids = { vault, second }, concurrency = 1 }
    assert.same({ web = "compliant", db = "unread backups" }, recovery.verdicts(report))
    assert.equal("forbidden", recovery.row(report, "db").error_kind)
    assert.is_false(report.is_green)
    assert.equal(1, report.totals.unread)
  end)

  it("the rows of a destination are unread, not uncopied, if its list shows replicas without ids", function()
    recovery.copy(client, recovery.backup(vault, "web", HOUR))
    sandbox.fault { call = "list_backups", fault = "null_fields", skip = 1 }
    assert.same({ web = "unread replicas" }, recovery.verdicts(survey()))
  end)

  it("if one of several destinations cannot be read, only the rows of that destination are unread", function()
    recovery.copy(client, recovery.backup(vault, "web", HOUR))
    local other = { region = fixtures.projects.no_replicas.region, project_id = fixtures.nowhere.project }
    local report = survey { destinations = { recovery.destination, other } }
    assert.same({ "compliant", "unread" }, { report.rows[1].verdict, report.rows[2].verdict })
    assert.is_string(report.rows[2].message)
    assert.is_false(report.is_green)
  end)

  it("if the region of one of several clients is down, only the rows of that client are unread", function()
    recovery.copy(client, recovery.backup(vault, "web", HOUR))
    local down = recovery.client { endpoint = "https://127.0.0.1:1", max_attempts = 1 }
    local report = survey({ vault_ids = "none", name_prefix = "prod" }, { client, down })
    down:close()
    assert.same({ web = "compliant", ["?"] = "unread vaults" }, recovery.verdicts(report))
    assert.is_false(report.is_green)
  end)

  it("the rows of a project that the credentials may not read are unread", function()
    recovery.copy(client, recovery.backup(vault, "web", HOUR))
    local other = recovery.client { project_id = fixtures.projects.other.id, max_attempts = 1 }
    local report = survey({ vault_ids = "none", name_prefix = "prod" }, { other, client })
    other:close()
    assert.same({ web = "compliant", ["?"] = "unread vaults" }, recovery.verdicts(report))
  end)

  it("the row of a vault id is unread if no project has that vault, or if that vault is a replication vault", function()
    local report = survey { vault_ids = { fixtures.nowhere.id, recovery.destination.vault_id } }
    assert.equal(2, report.totals.unread)
    assert.equal("no project has the vault", report.rows[1].message)
    report = survey({ vault_ids = { recovery.destination.vault_id } }, recovery.client_there())
    assert.equal("the vault holds replicas, not backups", report.rows[1].message)
  end)

  it("dr.copies returns plain data, which can be written as JSON", function()
    recovery.backup(vault, "web", HOUR)
    local encoded = assert(json.encode(survey()))
    assert.same({ "copies", 1 }, { json.decode(encoded).kind, #json.decode(encoded).rows })
  end)

  it("if parameters are not valid, dr.copies returns one error with every problem, and sends nothing", function()
    sandbox.clear_requests()
    local report, err = dr.copies(client, { all = true, name_prefix = "x", destinations = { {} }, rpo = "1y", x = 1 })
    assert.is_nil(report)
    assert.equal("argument", err.kind)
    local names = {}
    for i, problem in ipairs(err.problems) do
      names[i] = problem.parameter
    end
    assert.same({ "destinations[1].region", "rpo", "x", "vault_ids" }, names)
    assert.same({}, sandbox.requests())
  end)

  it("dr.copies calls on_progress after each step", function()
    recovery.backup(vault, "web", HOUR)
    local phases = {}
    survey { on_progress = function(p) phases[#phases + 1] = ("%s %d/%d"):format(p.phase, p.done, p.total) end }
    assert.same({ "vaults 1/1", "backups 1/1", "tasks 1/1", "replicas 1/1" }, phases)
  end)
end)
