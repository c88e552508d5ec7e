-- The end of the command: each exit status, the JSON document, and the command line that resumes an order.

local cjson = require "cjson"
local command = require "spec.helpers.command"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures
local run, REPLICATE = command.run, command.REPLICATE

describe("the exit status of the command cbr #process", function()
  before_each(function()
    sandbox.reset()
    sandbox.time_scale(600)
  end)

  it("the exit status is 0 when an order is accepted and all its backups are copied", function()
    local output, status, errors = run(REPLICATE .. "server --wait")
    assert.same({ 0, "" }, { status, errors })
    assert.equal(3, select(2, output:gsub("\tsuccess\t", "")))
    assert.equal(1, #sandbox.ledger())
  end)

  it("the exit status is 0 when every backup is in the destination region already", function()
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

  it("the exit status is 6 when an accepted order is still in progress at the timeout", function()
    sandbox.time_scale(1)
    local report, status, output = command.json(REPLICATE .. "server --wait --timeout 0.3")
    assert.same({ 6, 3, 0 }, { status, report.report.total, report.report.done }, output)
    assert.matches("^cbr replicate .* %-%-since %d+$", report.resume_command)
    assert.equal(1, #sandbox.ledger())
  end)

  it("Ctrl-C ends the command with status 130, and the printed command line resumes the same order", function()
    sandbox.time_scale(1)
    local printed, status, errors = command.interrupt(REPLICATE .. "server --wait --json", function()
      return #sandbox.ledger() > 0
    end)
    assert.equal(130, status)
    assert.matches("cbr: interrupted; ", errors, 1, true)
    local arguments = errors:match "To resume: cbr (.-) %-%-json"
    assert.matches('"resume_command": "cbr ' .. arguments, printed, 1, true)
    arguments = arguments .. errors:match "To resume: cbr .- %-%-json(.-)\n"
    sandbox.time_scale(600)
    local report, resumed = command.json(arguments)
    assert.same({ 0, true, 3 }, { resumed, report.order.reconciled, report.report.succeeded })
    assert.equal(1, #sandbox.ledger())
  end)

  -- Interrupts the command while it waits for the response to an operation.
  local function interrupt_at(operation, arguments)
    sandbox.reset()
    sandbox.fault { call = operation, fault = "silent", seconds = 30, times = -1 }
    return command.interrupt(arguments, function()
      return support.count(operation) > 0
    end)
  end

  it("Ctrl-C ends every command with status 130, and a message says what the service may have done", function()
    local nothing, maybe = "nothing was ordered", "if the service accepted the order, the work continues"
    local to_east = " --destination-region cn-east-3"
    for _, case in ipairs {
      { "list_vault", "vaults", nothing }, { "list_vault", "doctor", nothing },
      { "list_backups", "dr copies --all --rpo 1d" .. to_east, nothing },
      { "list_vault", REPLICATE .. "single", maybe, true }, { "replicate", REPLICATE .. "single", maybe, true },
      { "copy_backup", "dr replicate --vault single --destination-vault replicas" .. to_east, "the orders continue",
        true },
      { "show_op_log", "wait " .. fixtures.vaults.single.id, "the orders continue", true },
      { "delete_backup", "call delete_backup backup_id=" .. fixtures.backups.single_only.id,
        "the service may have carried out the call" },
      { "list_backups", "dr prune --yes --keep-last 1 --region cn-east-3 --vault replicas --project "
        .. fixtures.projects.east.id, "some replicas may have been deleted", true },
    } do
      local output, status, errors = interrupt_at(case[1], case[2] .. " --json")
      assert.equal(130, status, case[2])
      assert.matches("^\ncbr: interrupted; " .. case[3], errors)
      assert.equal(case[4] == true, errors:find("\nTo resume: cbr ", 1, true) ~= nil, case[2])
      assert.is_nil(errors:find "traceback")
      assert.equal("interrupted", cjson.decode(output).error.message)
    end
    sandbox.reset()
  end)
end)
