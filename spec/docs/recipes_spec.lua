-- The Lua recipes of docs/recipes as a user runs them: what they order, what they print, and their exit status.

local cbr = require "cbr"
local dr = require "cbr.dr"
local recipes = require "spec.helpers.recipes"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("the recipes #process", function()
  local place

  recipes.for_each_test(function(made)
    place = made
    sandbox.time_scale(6000)
  end)

  local function run(recipe, variables)
    variables = variables or {}
    variables.INTERVAL = "0.05"
    return recipes.run(place, "LUA " .. recipe, variables)
  end

  -- Makes the sandbox accept an order, lose the response, and reject the search for the order. `reads` makes the same
  -- reads as the recipe does before the order. They are counted, because the sandbox must not reject these reads.
  local function lose(operation, reads)
    sandbox.clear_requests()
    if reads then
      reads()
    end
    for _, call in ipairs { "list_op_logs", "list_backups", "show_backup" } do
      sandbox.fault {
        call = call, fault = "status", status = 403, code = "BackupService.9903", message = "m", times = -1,
        skip = support.count(call),
      }
    end
    support.lose_response(operation)
  end

  describe("replicate_vault.lua", function()
    it("replicate_vault.lua prints the result of each backup, and which backups were left out", function()
      local output, status, errors = run "replicate_vault.lua"
      assert.equal(0, status, errors)
      assert.matches("100 %%  3 of 3 done, 0 failed", output)
      assert.equal(3, select(2, output:gsub("\tsuccess\t", "")))
      assert.matches("\tleft out\t%-\tno_system_disk", output)
      assert.equal(1, #sandbox.ledger())
    end)

    it("replicate_vault.lua says which backup failed, and why, and ends with status 1", function()
      local output, status, errors = run("replicate_vault.lua", { VAULT_ID = fixtures.vaults.mixed.id })
      assert.equal(1, status)
      assert.matches("\tfailed\tBackupService.1006\tFailed to create the replica", output)
      assert.matches("wait: BackupService.1006: 1 of 4 failed", errors)
    end)

    it("replicate_vault.lua ends with status 0 when every backup is at the destination already", function()
      local _, status, errors = run("replicate_vault.lua", { VAULT_ID = fixtures.vaults.replicated.id })
      assert.equal(0, status)
      assert.matches("every backup that could be replicated is in region cn%-east%-3 already", errors)
      assert.same({}, sandbox.ledger())
    end)

    it("replicate_vault.lua ends with status 5 when the vault has no backup to copy", function()
      for _, vault in ipairs { "empty", "unready" } do
        local _, status, errors = run("replicate_vault.lua", { VAULT_ID = fixtures.vaults[vault].id })
        assert.equal(5, status)
        assert.matches("BackupService.0001: the vault has no backup that can be replicated: ", errors)
      end
      assert.same({}, sandbox.ledger())
    end)

    it("replicate_vault.lua ends with status 3 and orders nothing when the service would reject the order", function()
      local _, status, errors = run("replicate_vault.lua", { DESTINATION_VAULT_ID = fixtures.vaults.east_backups.id })
      assert.equal(3, status)
      assert.matches("BackupService.6119", errors)
      assert.same({}, sandbox.ledger())
    end)

    it("replicate_vault.lua ends with status 1 and the error's text when the service rejects a call", function()
      sandbox.fault {
        call = "*", fault = "status", status = 403, code = "BackupService.9903", message = "m", times = -1,
      }
      local _, status, errors = run "replicate_vault.lua"
      assert.equal(1, status)
      assert.matches("BackupService.9903: m", errors)
      _, status, errors = run("replicate_vault.lua", { VAULT_ID = "" })
      assert.equal(1, status)
      assert.matches("vault_id", errors)
    end)

    it("replicate_vault.lua ends with status 4 for an unknown outcome, and a run with SINCE finds the order", function()
      lose("replicate", function()
        cbr.assert(support.client():preflight(support.replicate_params()))
      end)
      local _, status, errors = run "replicate_vault.lua"
      assert.equal(4, status, errors)
      local since = errors:match "To resume: SINCE=(%d+)\n"
      assert.is_string(since)
      sandbox.clear_faults()
      local output
      output, status, errors = run("replicate_vault.lua", { SINCE = since })
      assert.equal(0, status, errors)
      assert.equal(3, select(2, output:gsub("\tsuccess\t", "")))
      assert.equal(1, #sandbox.ledger())
    end)
  end)

  describe("cross_region_dr.lua", function()
    it("cross_region_dr.lua shows the missing copies, makes them, and reports that all copies are recent", function()
      recipes.scene()
      local output, status, errors = run("cross_region_dr.lua", { VAULT_PREFIX = "prod_", DRY_RUN = "1" })
      assert.equal(5, status)
      assert.matches("3 rows: 2 missing, 1 there.", output, 1, true)
      assert.matches("3 rows: 1 compliant, 1 stale, 1 uncopied. Not green.", output, 1, true)
      assert.matches("^ALERT: .-\n1 of 3 resources have a copy in cn%-east%-3 that is at most 26h old%. The others:\n",
        errors)
      assert.matches("\n  orders in vault prod_db: uncopied never_copied\n", errors, 1, true)
      assert.same({}, sandbox.ledger())
      output, status, errors = run("cross_region_dr.lua", { VAULT_PREFIX = "prod_" })
      assert.equal(0, status, errors)
      assert.equal("", errors)
      assert.matches("2 of 2 done: %l+_today of %l+: success\n", output)
      assert.matches("3 rows: 3 compliant. Green:", output, 1, true)
      assert.equal(2, #sandbox.ledger())
    end)

    it("cross_region_dr.lua ends with status 1 and names the copy when a copy fails", function()
      recipes.scene()
      sandbox.patch { backups = { ["0bac0bac-0000-4000-8000-000000000004"] = {
        replication_result = { status = "fail", code = "BackupService.1006", reason = "no" },
      } } }
      local _, status, errors = run("cross_region_dr.lua", { VAULT_PREFIX = "prod_" })
      assert.equal(1, status)
      assert.matches("  orders in vault prod_db: failed", errors, 1, true)
      assert.matches("  orders in vault prod_db: uncopied", errors, 1, true)
    end)

    it("cross_region_dr.lua ends with status 4 for an unknown outcome, and a new run orders nothing twice", function()
      recipes.scene()
      lose("copy_backup", function()
        cbr.assert(dr.replicate(cbr.assert(cbr.new()), {
          name_prefix = "prod_db", dry_run = true,
          destinations = { { region = "cn-east-3", vault_id = fixtures.vaults.replicas.id } },
        }))
      end)
      local _, status, errors = run("cross_region_dr.lua", { VAULT_PREFIX = "prod_db" })
      assert.equal(4, status, errors)
      assert.matches("  orders in vault prod_db: unknown", errors, 1, true)
      sandbox.clear_faults()
      _, status, errors = run("cross_region_dr.lua", { VAULT_PREFIX = "prod_db" })
      assert.equal(0, status, errors)
      assert.equal(1, #sandbox.ledger())
    end)

    it("cross_region_dr.lua writes an alert if no vault matches, a read fails, or a setting is invalid", function()
      local _, status, errors = run("cross_region_dr.lua", { VAULT_PREFIX = "no_such_vault" })
      assert.equal(5, status)
      assert.matches("ALERT: .*there is no resource with a backup in these vaults", errors)
      sandbox.fault { call = "list_vault", fault = "status", status = 403, code = "BackupService.9903", message = "m",
        times = -1 }
      _, status, errors = run "cross_region_dr.lua"
      assert.equal(1, status)
      assert.matches("ALERT: .*\n  project 84edefdec172da850d63c04dc1be2c5b: unread m\n", errors)
      _, status, errors = run("cross_region_dr.lua", { DESTINATION_REGION = "" })
      assert.equal(1, status)
      assert.matches("ALERT: the backup copies could not be checked: .*destinations%[1%].region", errors)
    end)
  end)

  describe("nightly_sync.lua", function()
    it("nightly_sync.lua prints how many backups were imported, and ends with status 1 if an import failed", function()
      local output, status, errors = run "nightly_sync.lua"
      assert.equal(0, status, errors)
      assert.matches("3 backups imported, 1 removed, 0 not imported\n$", output)
      assert.equal("", support.run(("ls %s | grep cbr-sync"):format(place)))
      output, status, errors = run("nightly_sync.lua", { HYBRID_VAULT_ID = fixtures.vaults.hybrid_partial.id })
      assert.equal(1, status)
      assert.matches("2 backups imported, 0 removed, 1 not imported\n$", output)
      assert.matches("1 backup could not be imported", errors)
    end)

    it("nightly_sync.lua ends with status 1 when the service rejects the order", function()
      local _, status, errors = run("nightly_sync.lua", { HYBRID_VAULT_ID = fixtures.vaults.server.id })
      assert.equal(1, status)
      assert.matches("BackupService.7300", errors)
      assert.equal("", support.run(("ls %s | grep cbr-sync"):format(place)))
    end)

    it("nightly_sync.lua orders nothing when it cannot record the time of its order", function()
      local _, status, errors = run("nightly_sync.lua", { STATE_DIRECTORY = place .. "/missing" })
      assert.equal(1, status)
      assert.matches("^nothing was ordered: ", errors)
      assert.same({}, sandbox.ledger())
    end)

    it("nightly_sync.lua ends with status 6 after its TIMEOUT, and the next run follows the same order", function()
      sandbox.time_scale(1)
      local _, status, errors = run("nightly_sync.lua", { TIMEOUT = "1" })
      assert.equal(6, status, errors)
      sandbox.time_scale(6000)
      local output
      output, status, errors = run "nightly_sync.lua"
      assert.equal(0, status, errors)
      assert.matches("3 backups imported", output)
      assert.equal(1, #sandbox.ledger())
    end)

    it("nightly_sync.lua ends with status 4 for an unknown outcome, and the next run finds the order", function()
      lose "sync"
      local _, status, errors = run "nightly_sync.lua"
      assert.equal(4, status, errors)
      sandbox.clear_faults()
      local output
      output, status, errors = run "nightly_sync.lua"
      assert.equal(0, status, errors)
      assert.matches("3 backups imported", output)
      assert.equal(1, #sandbox.ledger())
    end)
  end)
end)
