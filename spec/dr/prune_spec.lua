-- dr.prune: which replicas it deletes, and which ones it never deletes.

local dr = require "cbr.dr"
local json = require "cbr.util.json"
local replica_source = require "cbr.dr.replica_source"
local recovery = require "spec.helpers.recovery"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures
local HOUR, DAY = recovery.HOUR, recovery.DAY

describe("dr.prune", function()
  local home, there, vault, replicas
  local now -- one time for all replicas of a test, because their ages differ by only a second

  recovery.for_each_test(function(made, made_there)
    home, there, vault = made, made_there, recovery.vault "prod"
    replicas = recovery.vault("dr", { kind = "replicas", project = "east" })
    now = recovery.now()
  end)

  local function prune(changes, by)
    local params = {
      vault_id = replicas, keep = { last = 2 }, at = math.floor(recovery.now()),
    }
    support.merge(params, changes)
    local report, err = dr.prune(by or there, params)
    recovery.forward(60)
    now = recovery.now()
    return report, err
  end

  -- Makes a replica whose description has the mark of dr.replicate. The source backup in the mark does not exist.
  local function make_replica(resource, age, fields)
    local source = ("0bac0bac-0000-4000-8000-%012d"):format(900000 + math.random(1, 99999))
    local all = {
      image_type = "replication", name = resource .. age,
      description = replica_source.mark(source, now - age),
    }
    support.merge(all, fields)
    return recovery.backup(replicas, resource, age, all)
  end

  -- Returns the names of the remaining replicas of a resource.
  local function left(resource)
    local names = {}
    for _, backup in ipairs(assert(there:list_backups { resource_id = recovery.resource(resource) }).backups) do
      names[#names + 1] = backup.name
    end
    table.sort(names)
    return table.concat(names, " ")
  end

  local function actions(report)
    local list = {}
    for _, row in ipairs(report.rows) do
      list[row.replica_name] = row.action .. (row.reason and " " .. row.reason or "")
    end
    return list
  end

  it("dr.prune deletes nothing unless `dry_run` is false", function()
    for day = 1, 4 do
      make_replica("web", day)
    end
    local report = prune()
    assert.same({ web1 = "keep last", web2 = "keep last", web3 = "delete", web4 = "delete" }, actions(report))
    assert.is_true(report.dry_run)
    assert.equal("web1 web2 web3 web4", left "web")
    assert.matches("4 rows: 2 delete, 2 keep. Nothing was deleted: this is a dry run.", dr.text(report), 1, true)
    report = prune { dry_run = false }
    assert.same({ web1 = "keep last", web2 = "keep last", web3 = "deleted", web4 = "deleted" }, actions(report))
    assert.equal("web1 web2", left "web")
    assert.same({ 0, 2 }, { prune({ dry_run = false }).totals.deleted, prune().totals.keep })
  end)

  it("dr.prune keeps the newest replica of each of the last days and weeks", function()
    local noon = DAY - recovery.now() % DAY
    for day = 0, 20 do
      make_replica("web", math.floor(day * DAY + DAY / 2 - noon + DAY), { name = ("d%02d"):format(day) })
    end
    local report = prune { keep = { days = 3, weeks = 2 }, dry_run = false }
    assert.is_true(report.totals.keep >= 3 and report.totals.keep <= 5, report.totals.keep)
    assert.matches("^d00 d01 d02", left "web")
  end)

  it("a replica whose source is unknown is kept, and does not count as one of the replicas to keep", function()
    make_replica("web", 1, { description = "" })
    make_replica("web", 2, { description = "made by hand" })
    make_replica("web", 3)
    make_replica("web", 4)
    local report = prune { keep = { last = 1 }, dry_run = false }
    assert.same({
      web1 = "keep unknown_source", web2 = "keep unknown_source", web3 = "keep last", web4 = "deleted",
    }, actions(report))
    assert.equal("resource", report.rows[1].basis)
  end)

  it("with `sources`, dr.prune also deletes replicas whose source backup only records or tasks show", function()
    for _, shows_records in ipairs { true, false } do
      local name = shows_records and "records" or "tasks"
      for hour = 3, 1, -1 do
        recovery.copy(home, recovery.backup(vault, name, hour * HOUR, { name = name .. hour }),
          { destination_vault_id = replicas })
      end
      sandbox.quirks { records = shows_records, replica_stamps = "null" }
      assert.equal(0, prune({ keep = { last = 1 } }).totals.delete)
      local report = prune { keep = { last = 1 }, sources = home, dry_run = false }
      assert.equal(2, report.totals.deleted, name)
      local row = recovery.row(report, name)
      assert.equal(shows_records and "record" or "task", row.basis)
      assert.equal(name .. "1", left(name))
    end
  end)

  it("dr.prune deletes nothing in a locked vault", function()
    make_replica("web", 1)
    make_replica("web", 2)
    sandbox.patch { vaults = { [replicas] = { locked = true } } }
    local report = prune { keep = { last = 1 }, dry_run = false }
    assert.same({ web1 = "keep last", web2 = "keep locked" }, actions(report))
    assert.is_true(report.locked)
    assert.equal("web1 web2", left "web")
    sandbox.patch { vaults = { [replicas] = { locked = false, status = "lock" } } }
    assert.is_true(prune({ keep = { last = 1 }, dry_run = false }).locked)
    assert.equal("web1 web2", left "web")
  end)

  it("a replica that is not available is kept, and does not count as one of the replicas to keep", function()
    make_replica("web", 1, { status = "error" })
    make_replica("web", 2)
    make_replica("web", 3)
    assert.same({ web1 = "keep state_error", web2 = "keep last", web3 = "deleted" },
      actions(prune { keep = { last = 1 }, dry_run = false }))
  end)

  it("a replica with a time in the future is kept, and does not count as one of the replicas to keep", function()
    make_replica("web", -DAY)
    make_replica("web", 2)
    assert.same({ ["web-86400"] = "keep clock", web2 = "keep last" },
      actions(prune { keep = { last = 1 }, dry_run = false }))
  end)

  it("dr.prune deletes no replica of a resource whose newest replica is no longer available", function()
    make_replica("web", 1)
    make_replica("web", 2)
    make_replica("db", 1)
    make_replica("db", 2)
    sandbox.fault { call = "show_backup", fault = "status", status = 404, code = "BackupService.6200" }
    local report = prune { keep = { last = 1 }, dry_run = false, concurrency = 1 }
    assert.same({ web1 = "keep last", web2 = "keep last_good_is_gone", db1 = "keep last", db2 = "deleted" },
      actions(report))
  end)

  it("a replica that cannot be deleted is reported as failed, and dr.prune deletes the other replicas", function()
    for day = 1, 3 do
      make_replica("web", day)
    end
    sandbox.fault { call = "delete_backup", fault = "status", status = 403, code = "APIGW.0302" }
    local report = prune { keep = { last = 1 }, dry_run = false }
    assert.same({ 1, 1 }, { report.totals.failed, report.totals.deleted })
  end)

  it("dr.prune returns an error for the id of a backup vault, or of a vault that no project has", function()
    local report, err = prune({ vault_id = fixtures.vaults.server.id }, home)
    assert.same({ nil, "argument", "vault_id" }, { report, err.kind, err.problems[1].parameter })
    report, err = prune { vault_id = fixtures.nowhere.id }
    assert.same({ nil, "not_found" }, { report, err.kind })
    make_replica("web", 1)
    assert.equal(1, prune({}, { home, there }).totals.rows)
  end)

  it("the replicas of a source that cannot be read are kept, and `unread` lists that source", function()
    recovery.copy(home, recovery.backup(vault, "web", HOUR), { destination_vault_id = replicas })
    local down = recovery.client { endpoint = "https://127.0.0.1:1", max_attempts = 1 }
    local report = prune { sources = { down }, keep = { last = 1 }, dry_run = false }
    assert.same({ 1, "backups", 1 }, { #report.unread, report.unread[1].reason, report.totals.keep })
    down:close()
  end)

  it("dr.prune returns plain data, and calls on_progress for each deletion", function()
    make_replica("web", 1)
    make_replica("web", 2)
    local last
    local report = prune { keep = { last = 1 }, dry_run = false, on_progress = function(progress) last = progress end }
    assert.same({ "deletions", 1, 1 }, { last.phase, last.done, last.total })
    assert.equal("prune", json.decode(assert(json.encode(report))).kind)
  end)
end)
