-- cbr replicate, sync, wait and preflight: their output.

local command = require "spec.helpers.command"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures
local REPLICATE = command.REPLICATE

describe("cbr replicate, sync, wait and preflight #process", function()
  before_each(function()
    sandbox.reset()
    sandbox.time_scale(600)
  end)

  it("cbr replicate takes vaults by name or id, and looks up the project of the destination", function()
    local report = command.json(REPLICATE .. "server")
    local by_ids = command.json(("preflight --vault %s --destination-region cn-east-3 --destination-vault %s "
      .. "--destination-project %s"):format(fixtures.vaults.single.id, fixtures.vaults.replicas.id,
        fixtures.projects.east.id))
    assert.same({ {}, {} }, { by_ids.findings, by_ids.unchecked })
    assert.equal(fixtures.projects.east.id, report.order.destination_project_id)
    assert.equal(fixtures.vaults.server.id, sandbox.ledger()[1].vault_id)
  end)

  it("the JSON of an order can be read by Python's json.tool", function()
    for _, arguments in ipairs { REPLICATE .. "mixed --wait", REPLICATE .. "empty", "sync --vault no_such" } do
      local output, ok = support.run(command.line(arguments .. " --json 2>/dev/null") .. " | python3 -m json.tool")
      assert.is_true(ok, output)
    end
  end)

  it("cbr replicate --wait prints which backups failed, and which the order left out", function()
    local output, status, errors = command.run(REPLICATE .. "mixed --wait")
    assert.equal(1, status)
    assert.matches("\tfailed\tBackupService.1006\tFailed to create the replica.\t-\n", output, 1, true)
    assert.matches("^cbr: wait: BackupService.1006: 1 of 4 failed", errors)
    assert.matches("\tleft out\t-\tno_system_disk\t-\n", (command.run(REPLICATE .. "server --wait")), 1, true)
  end)

  it("cbr replicate --quiet prints nothing when it succeeds", function()
    assert.same({ "", 0, "" }, { command.run(REPLICATE .. "server --wait --quiet") })
  end)

  it("cbr replicate --dry-run reports that the check found no problem, and places no order", function()
    local output, status = command.run(REPLICATE .. "server --dry-run")
    assert.same({ "no problem found\n", 0 }, { output, status })
    assert.same({}, sandbox.ledger())
  end)

  it("cbr wait takes the JSON of an order, or the id of a task", function()
    local name = support.file((select(3, command.json "sync --vault hybrid")))
    local report, status = command.json("wait --interval 0.1 @" .. name)
    os.remove(name)
    assert.same({ 0, 3, 1 }, { status, report.report.imported, report.report.removed })
    local output, second = command.run("wait --interval 0.1 " .. sandbox.ledger()[1].made[1].operation_log_id)
    assert.equal(0, second)
    assert.matches("\tsuccess\t", output)
  end)

  it("cbr wait rejects an argument that is neither a task nor an order", function()
    for _, given in ipairs { "server", "1-2", "@/no/such/file", "@cli/cbr" } do
      assert.equal(2, (select(2, command.run("wait " .. given))), given)
    end
  end)

  it("cbr replicate --since places the order if no such order was placed since that time", function()
    local report = command.json(REPLICATE .. "single --since " .. os.time())
    assert.is_nil(report.order.reconciled)
    assert.equal(1, #sandbox.ledger())
  end)
end)
