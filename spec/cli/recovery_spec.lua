-- cbr dr: copies, replicate, unprotected and prune.

local command = require "spec.helpers.command"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures
local TO = " --destination-region cn-east-3"

describe("cbr dr #process", function()
  before_each(function()
    sandbox.reset()
    sandbox.time_scale(600)
    sandbox.patch { backups = { single_only = { age = 3600 } } }
  end)

  it("`cbr dr copies` shows a missing copy, `cbr dr replicate` makes the copy, and the next report is green", function()
    local report, status = command.json("dr copies --vault single --rpo 26h" .. TO)
    assert.same({ 5, "uncopied" }, { status, report.rows[1].verdict })
    local plan, planned = command.json("dr replicate --dry-run --vault single --destination-vault replicas" .. TO)
    assert.same({ 0, 1, 0 }, { planned, plan.totals.missing, #sandbox.ledger() })
    local run, ran = command.json("dr replicate --vault single --interval 0.1 --destination-vault replicas" .. TO)
    assert.same({ 0, 1, 1 }, { ran, run.totals.success, #sandbox.ledger() })
    local output, last = command.run("dr copies --name-prefix sing --rpo 26h" .. TO)
    assert.equal(0, last)
    assert.matches("\tonly\t" .. fixtures.vaults.single.id .. "\tcn-east-3\tcompliant\t", output, 1, true)
    local metrics = command.run("dr copies --prometheus --vault single --rpo 26h" .. TO)
    assert.matches("\ncbr_copies_are_green[^\n]* 1\n", metrics)
  end)

  it("cbr dr replicate ends with status 3 when the destination has not enough room", function()
    local arguments = "dr replicate --dry-run --vault turbo --destination-vault replicas_turbo" .. TO
    local _, status = command.json(arguments)
    sandbox.patch { vaults = { replicas_turbo = { size = 10 } } }
    local plan, without_room = command.json(arguments)
    assert.same({ 0, 3, false }, { status, without_room, plan.room[1].has_room })
  end)

  it("cbr dr rejects parameters that contradict each other", function()
    local _, status, errors = command.run("dr copies --all --name-prefix a --rpo 26h" .. TO)
    assert.equal(2, status)
    assert.matches("only one of them", errors, 1, true)
  end)

  it("cbr dr unprotected ends with status 5 when a resource is not protected", function()
    local report, status = command.json "dr unprotected --type server"
    assert.equal(5, status)
    assert.is_true(#report.rows > 0)
  end)

  it("cbr dr prune shows a plan, and deletes only with --yes", function()
    local arguments = ("dr prune --region cn-east-3 --project %s --vault replicas --keep-last 1 "
      .. "--source-region cn-north-4"):format(fixtures.projects.east.id)
    local plan, status = command.json(arguments)
    assert.same({ 0, true }, { status, plan.dry_run })
    local report, second = command.json(arguments .. " --yes")
    assert.same({ 0, false }, { second, report.dry_run })
  end)
end)
