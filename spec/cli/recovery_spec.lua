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

  it("`cbr dr copies` shows a missing copy, `cbr dr replicate` makes it, and then no copy is missing", function()
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

  it("without a terminal, too, cbr dr prints why the service rejected a read", function()
    local WORDS = "the words of the service"
    for call, arguments in pairs {
      list_vault = { "dr copies --all --rpo 26h" .. TO, "dr replicate --all --destination-vault " ..
        fixtures.vaults.replicas.id .. TO },
      list_protectable = { "dr unprotected --type server" },
    } do
      sandbox.fault {
        call = call, fault = "status", status = 403, code = "BackupService.9903", message = WORDS, times = -1,
      }
      for _, line in ipairs(arguments) do
        local output, status, errors = command.run(line)
        assert.not_equal(0, status, line)
        assert.matches(WORDS, output .. errors, 1, true)
      end
      sandbox.clear_faults()
    end
  end)

  it("cbr dr replicate ends with status 3 when the destination vault is too small for the copies", function()
    local arguments = "dr replicate --dry-run --vault turbo --destination-vault replicas_turbo" .. TO
    local _, status = command.json(arguments)
    sandbox.patch { vaults = { replicas_turbo = { size = 10 } } }
    local plan, without_room = command.json(arguments)
    assert.same({ 0, 3, false }, { status, without_room, plan.room[1].has_room })
  end)

  it("cbr dr rejects parameters that contradict each other or are incomplete", function()
    local _, status, errors = command.run("dr copies --all --name-prefix a --rpo 26h" .. TO)
    assert.equal(2, status)
    assert.matches("give one of '--vault', '--name-prefix', '--tag' and '--all'", errors, 1, true)
    for arguments, words in pairs {
      ["dr replicate --all --per day --destination-vault replicas" .. TO]
        = "give '--per' and '--last' together, or neither of them",
      ["dr prune --vault replicas"] = "give '--keep-last', '--keep-days' or '--keep-weeks'",
    } do
      _, status, errors = command.run(arguments)
      assert.equal(2, status)
      assert.matches(words, errors, 1, true)
    end
  end)

  it("cbr dr unprotected ends with status 5 when a resource is not protected", function()
    local report, status = command.json "dr unprotected --type server"
    assert.equal(5, status)
    assert.is_true(#report.rows > 0)
  end)

  it("cbr dr prune shows which replicas it would delete, and deletes these replicas only with --yes", function()
    local arguments = ("dr prune --region cn-east-3 --project %s --vault replicas --keep-last 1 "
      .. "--source-region cn-north-4"):format(fixtures.projects.east.id)
    local plan, status = command.json(arguments)
    assert.same({ 0, true }, { status, plan.dry_run })
    local report, second = command.json(arguments .. " --yes")
    assert.same({ 0, false }, { second, report.dry_run })
  end)

  it("cbr dr takes several destination regions, each one with its --destination-vault", function()
    sandbox.patch { projects = { home = { destinations = { "cn-east-3", "eu-nl" } } } }
    local run, status = command.json("dr replicate --vault single --interval 0.1 --destination-vault replicas" .. TO
      .. " --destination-region eu-nl --destination-vault nl_replicas")
    assert.same({ 0, 2 }, { status, run.totals.success })
    assert.same({ "cn-east-3", "eu-nl" }, { run.rows[1].destination_region, run.rows[2].destination_region })
    local orders = {}
    for i, order in ipairs(sandbox.ledger()) do
      orders[i] = order.request.replicate.destination_vault_id
    end
    table.sort(orders)
    assert.same({ fixtures.vaults.nl_replicas.id, fixtures.vaults.replicas.id }, orders)
    local _, incomplete, errors = command.run("dr replicate --all --destination-vault replicas" .. TO
      .. " --destination-region eu-de")
    assert.equal(2, incomplete)
    assert.matches("region eu-de has no vault", errors, 1, true)
  end)

  it("cbr dr takes several source regions, and searches for a vault's name in each of these regions", function()
    local arguments = "dr copies --rpo 26h --destination-region cn-south-1 --region cn-north-4 --region eu-de"
    local report = command.json(arguments .. " --vault single --vault de_server")
    local regions = {}
    for _, row in ipairs(report.rows) do
      regions[row.region] = true
    end
    assert.same({ ["cn-north-4"] = true, ["eu-de"] = true }, regions)
    assert.equal(1, (select(2, command.run(arguments .. " --vault no_such_vault"))))
    assert.equal(2, (select(2, command.run(arguments .. " --all --endpoint https://localhost"))))
  end)

  it("cbr dr copies selects vaults by their tags", function()
    sandbox.patch { vaults = { single = { tags = { { key = "stage", value = "prod" } } } } }
    for tags, rows in pairs { ["--tag stage=prod"] = 1, ["--tag stage"] = 1, ["--tag stage=test"] = 0 } do
      assert.equal(rows, #command.json("dr copies --rpo 26h " .. tags .. TO).rows, tags)
    end
  end)

  it("times of cbr dr are dates, durations or seconds since 1970", function()
    local arguments = "dr replicate --dry-run --vault single --destination-vault replicas" .. TO
    for since, status in pairs { ["2h"] = 0, ["30m"] = 5, ["2020-01-01"] = 0, ["1577836800"] = 0, ["soon"] = 2 } do
      assert.equal(status, (select(2, command.run(arguments .. " --since " .. since))), since)
    end
    assert.equal(5, (select(2, command.run("dr copies --vault single --rpo 1d2h30m" .. TO))))
    assert.equal(5, (select(2, command.run "dr unprotected --type server --since 2026-01-01")))
  end)

  it("cbr dr replicate resumes a killed run from the run's store, and orders no copy twice", function()
    local directory = os.tmpname()
    os.remove(directory)
    support.run("mkdir " .. directory)
    local arguments = ("dr replicate --vault single --destination-vault replicas --store %s --run nightly%s"):format(
      directory, TO)
    sandbox.time_scale(1)
    assert.equal(130, (select(2, command.interrupt(arguments, function() return #sandbox.ledger() == 1 end))))
    assert.equal(6, (select(2, command.run(arguments .. " --timeout 1s"))))
    assert.equal(1, #sandbox.ledger())
    sandbox.time_scale(600)
    local run, status = command.json(arguments .. " --interval 0.1")
    assert.same({ 0, 1, 1 }, { status, run.totals.success + run.totals.there, #sandbox.ledger() })
    assert.matches("cbr%-dr%.1%.nightly", (support.run("ls " .. directory)))
    support.run("rm -r " .. directory)
    assert.equal(2, (select(2, command.run(arguments))))
  end)
end)
