-- The plan of dr.replicate: a row for each selected backup and destination, and an order for each missing copy.

local plan = require "cbr.dr.plan"
local recovery = require "spec.helpers.recovery"

local HOUR = recovery.HOUR

describe("the plan of dr.replicate", function()
  local client, vault

  recovery.for_each_test(function(made)
    client, vault = made, recovery.vault "prod"
  end)

  local function make(changes)
    local given = {
      vault_ids = { vault }, destinations = { recovery.destination }, concurrency = 2, method = "backup",
    }
    for name, value in pairs(changes or {}) do
      given[name] = value
    end
    return plan.make({ client }, given)
  end

  it("the plan has an order for each missing copy, the newest backups first", function()
    recovery.copy(client, recovery.backup(vault, "copied", HOUR))
    local old, new = recovery.backup(vault, "old", 5 * HOUR), recovery.backup(vault, "new", 2 * HOUR)
    local made = make()
    assert.same({ new, old }, { made.orders[1].id, made.orders[2].id })
    assert.same({ 2, 1, 3 }, { #made.orders, #made.present, #made.rows })
    for _, row in ipairs(made.rows) do
      assert.is_string(plan.statuses[row.status])
    end
  end)

  it("with method = \"vault\", the plan has one order for a vault with all of its backups", function()
    recovery.backup(vault, "web", 2 * HOUR)
    recovery.backup(vault, "web", HOUR)
    local made = make { method = "vault" }
    assert.same({ 1, "replicate", vault, 2 },
      { #made.orders, made.orders[1].operation, made.orders[1].id, #made.orders[1].items })
    assert.same({ 20, 2 }, { made.rooms[1].needed_gb, #made.missing })
  end)

  it("a copy in progress is part of the plan, but is neither ordered again nor counted as missing", function()
    local id = recovery.backup(vault, "web", HOUR)
    local params = {
      backup_id = id, destination_region = recovery.destination.region,
      destination_project_id = recovery.destination.project_id, destination_vault_id = recovery.destination.vault_id,
    }
    local result = assert(client:copy_backup(params))
    local made = make()
    assert.same({ 1, result.replication_record_id, 0 },
      { #made.orders, made.orders[1].replication.record_id, #made.missing })
  end)
end)
