-- The end of the command: each exit status, the JSON document, and the command line that resumes an order.

local command = require "spec.helpers.command"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures
local run, REPLICATE = command.run, command.REPLICATE

describe("the exit status of the command cbr #process", function()
  before_each(function()
    sandbox.reset()
    sandbox.time_scale(600)
  end)

  it("the exit status is 0 when an order and its work succeed", function()
    local output, status, errors = run(REPLICATE .. "server --wait")
    assert.same({ 0, "" }, { status, errors })
    assert.equal(3, select(2, output:gsub("\tsuccess\t", "")))
    assert.equal(1, #sandbox.ledger())
  end)

  it("the exit status is 0 when everything is in the destination region already", function()
    local report, status = command.json(REPLICATE .. "replicated --wait")
    assert.same({ 0, "nothing_to_do" }, { status, report.error.kind })
    assert.equal(0, (select(2, run(REPLICATE .. "replicated --dry-run"))))
  end)

  it("the exit status is 1 when a call or a backup fails", function()
    assert.equal(1, (select(2, run "sync --vault no_such_vault")))
    local report, status = command.json(REPLICATE .. "mixed --wait")
    assert.same({ 1, "task", 1, 4 }, { status, report.error.kind, report.report.failed, #report.order.backups })
    sandbox.fault { call = "list_vault", fault = "status", status = 403, code = "APIGW.0302", message = "m", times = 9 }
    local _, failed, errors = run "vaults"
    assert.equal(1, failed)
    assert.matches("^cbr: list_vault: APIGW.0302: m %- ", errors)
  end)

  it("the exit status is 2 when the command line is wrong, and nothing is sent", function()
    sandbox.clear_requests()
    for _, arguments in ipairs { "vaults --no-such", "replicate", "no_such", "", "dr",
      "sync --vault a --timeout soon" } do
      local output, status, errors = run(arguments)
      assert.same({ 2, "" }, { status, output }, arguments)
      assert.matches("Usage: cbr", errors, 1, true)
    end
    assert.same({}, sandbox.requests())
    assert.equal(2, (select(2, run "call sync vault_id=../x")))
    local report, status = command.json "vaults --no-such"
    assert.equal(2, status)
    assert.matches("unknown option '--no-such'", report.error.message, 1, true)
    assert.same({}, sandbox.ledger())
  end)

  it("the exit status is 3 when the check of an order finds a problem", function()
    local report, status = command.json("preflight --vault server --destination-region cn-east-3 --destination-vault "
      .. fixtures.vaults.east_backups.id)
    assert.same({ 3, "BackupService.6119" }, { status, report.findings[1].code })
    assert.equal(3, (select(2, run(("sync --vault %s --dry-run"):format(fixtures.vaults.server.id)))))
    assert.same({}, sandbox.ledger())
  end)

  it("the exit status is 4 when the outcome of an order is unknown, and the order can be resumed", function()
    sandbox.fault { call = "sync", fault = "reset_after" }
    sandbox.fault {
      call = "list_op_logs", fault = "status", status = 403, code = "APIGW.0302", message = "m", times = -1,
    }
    local _, status, errors = run "sync --vault hybrid"
    assert.equal(4, status)
    local arguments = errors:match "To resume: cbr (sync %-%-vault hybrid %-%-since %d+ %-%-wait)\n"
    assert(arguments, errors)
    sandbox.clear_faults()
    local report, second = command.json(arguments .. " --interval 0.1")
    assert.same({ 0, true }, { second, report.order.reconciled })
    assert.equal(1, #sandbox.ledger())
  end)

  it("the exit status is 5 when there is no backup to copy, or a resource is not compliant", function()
    local report, status = command.json(REPLICATE .. "empty --wait")
    assert.same({ 5, "no_backup" }, { status, report.error.reason })
    assert.equal(5, (select(2, run(REPLICATE .. "empty --dry-run"))))
    assert.equal(5, (select(2, run "dr copies --vault single --destination-region cn-east-3 --rpo 26h")))
  end)

  it("the exit status is 6 when an order was accepted and is still running", function()
    sandbox.time_scale(1)
    local report, status, output = command.json(REPLICATE .. "server --wait --timeout 0.3")
    assert.same({ 6, 3, 0 }, { status, report.report.total, report.report.done }, output)
    assert.matches("^cbr replicate .* %-%-since %d+$", report.resume_command)
    assert.equal(1, #sandbox.ledger())
  end)

  it("Ctrl-C ends the command with status 130, and the printed command line resumes the same order", function()
    sandbox.time_scale(1)
    -- names of files for the errors, the output, the process id and the exit status
    local names = { os.tmpname(), os.tmpname(), os.tmpname(), os.tmpname() }
    support.run(("{ %s 2>%s >%s & echo $! >%s; wait $!; echo $? >%s; } >/dev/null 2>&1 & true"):format(
      command.line(REPLICATE .. "server --wait --json"), names[1], names[2], names[3], names[4]))
    local tries = 0
    while #sandbox.ledger() == 0 and tries < 2000 do
      tries = tries + 1
    end
    local pid = support.read(names[3]):match "%d+"
    -- From here on, the process waits for the replication, so the signal can come at any time.
    support.run(("sleep 0.5; kill -INT %s; for i in $(seq 600); do test ! -s %s || break; sleep 0.05; done"):format(
      pid, names[4]))
    assert.equal("130\n", support.read(names[4]))
    local errors, printed = support.read(names[1]), support.read(names[2])
    for _, name in ipairs(names) do
      os.remove(name)
    end
    assert.matches("cbr: interrupted; ", errors, 1, true)
    local arguments = errors:match "To resume: cbr (.-) %-%-json"
    assert.matches('"resume_command": "cbr ' .. arguments, printed, 1, true)
    arguments = arguments .. errors:match "To resume: cbr .- %-%-json(.-)\n"
    sandbox.time_scale(600)
    local report, status = command.json(arguments)
    assert.same({ 0, true, 3 }, { status, report.order.reconciled, report.report.succeeded })
    assert.equal(1, #sandbox.ledger())
  end)
end)
