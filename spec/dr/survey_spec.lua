-- cbr.dr.survey lists the backups of vaults: how many requests it sends, and which backups it keeps.

local backup_rules = require "cbr.dr.backup_rules"
local recovery = require "spec.helpers.recovery"
local support = require "spec.helpers.support"
local survey = require "cbr.dr.survey"

local sandbox = support.sandbox

describe("a survey", function()
  local client

  recovery.for_each_test(function(made)
    client = made
  end)

  local function run(selection, rule)
    selection.destinations, selection.concurrency = { recovery.destination }, 4
    sandbox.clear_requests()
    return survey.run({ client }, selection, rule or backup_rules.newest(2))
  end

  it("the survey lists backups once for all vaults, but once per vault if only a few vaults are selected", function()
    run { all = true }
    assert.equal(1, support.count "list_backups")
    local vaults = support.fixtures.vaults
    run { vault_ids = { vaults.server.id, vaults.single.id, vaults.turbo.id } }
    assert.equal(3, support.count "list_backups")
  end)

  it("the survey reads tasks only if no backup has replication records", function()
    run { all = true }
    assert.equal(0, support.count "list_op_logs") -- a backup of the fixtures has replication records
    sandbox.quirks { records = false }
    run { all = true }
    assert.equal(1, support.count "list_op_logs")
  end)

  it("the survey assigns a backup to its vault although the service shows the vault's id in upper case", function()
    local vault = recovery.vault "prod"
    recovery.backup(vault, "web", 3600)
    sandbox.fault { call = "list_backups", fault = "other_vault", fields = { vault_id = vault:upper() }, times = -1 }
    assert.equal(1, #run({ vault_ids = { vault } }).projects[1].vaults[1].resources[1].selected)
    sandbox.clear_faults()
  end)

  it("the survey keeps the backups that the rule selects, and sets `has_dropped` if there are other backups", function()
    local vault = recovery.vault "prod"
    for hour = 1, 5 do
      recovery.backup(vault, "web", hour * 3600)
    end
    local state = run { vault_ids = { vault } }
    local resource = state.projects[1].vaults[1].resources[1]
    assert.same({ 2, true }, { #resource.selected, resource.has_dropped })
    assert.equal(resource.newest, resource.selected[1])
    local narrow, single = survey.of_resource(state, resource, backup_rules.since(-math.huge))
    assert.same({ 5, nil }, { #single.selected, single.has_dropped })
    assert.equal(1, #narrow.projects[1].vaults)
    assert.equal(2, #resource.selected)
  end)

  it("if backups have no replication records, the status and arrival time of a copy come from its task", function()
    sandbox.quirks { records = false }
    local vault = recovery.vault "prod"
    local id = recovery.backup(vault, "web", 3600)
    recovery.copy(client, id)
    local entry = run({ vault_ids = { vault } }).projects[1].vaults[1].resources[1].selected[1]
    local replication = entry.replications[1][1]
    assert.same({ id, "task", "success" }, { entry.id, replication.basis, replication.status })
    assert.is_number(replication.arrived_at)
  end)
end)
