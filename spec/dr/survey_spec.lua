-- The survey: how many requests it needs, and what it keeps.

local picks = require "cbr.dr.picks"
local recovery = require "spec.helpers.recovery"
local support = require "spec.helpers.support"
local survey = require "cbr.dr.survey"

local sandbox = support.sandbox

describe("a survey", function()
  local client

  before_each(function()
    recovery.reset()
    client = recovery.client()
  end)
  after_each(function()
    client:close()
  end)
  teardown(sandbox.reset)

  local function run(selection, rule)
    selection.destinations, selection.concurrency = { recovery.destination }, 4
    sandbox.clear_requests()
    return survey.run({ client }, selection, rule or picks.newest(2))
  end

  it("reads one list for many vaults, and one for each of a few", function()
    run { all = true }
    assert.equal(1, support.count "list_backups")
    local vaults = support.fixtures.vaults
    run { vault_ids = { vaults.server.id, vaults.single.id, vaults.turbo.id } }
    assert.equal(3, support.count "list_backups")
  end)

  it("reads tasks only if the service shows no records at all", function()
    run { all = true }
    assert.equal(0, support.count "list_op_logs") -- the fixtures have a replicated vault
    sandbox.quirks { records = false }
    run { all = true }
    assert.equal(1, support.count "list_op_logs")
  end)

  it("keeps the backups that the rule picks, and says that there are more", function()
    local vault = recovery.vault "prod"
    for hour = 1, 5 do
      recovery.backup(vault, "web", hour * 3600)
    end
    local state = run { vault_ids = { vault } }
    local resource = state.sites[1].vaults[1].resources[1]
    assert.same({ 2, true }, { #resource.picks, resource.has_dropped })
    assert.equal(resource.newest, resource.picks[1])
    local narrow, single = survey.of_resource(state, resource, picks.since(-math.huge))
    assert.same({ 5, nil }, { #single.picks, single.has_dropped })
    assert.equal(1, #narrow.sites[1].vaults)
    assert.equal(2, #resource.picks)
  end)

  it("the moment of a task's copy is joined to its backup", function()
    sandbox.quirks { records = false }
    local vault = recovery.vault "prod"
    local id = recovery.backup(vault, "web", 3600)
    recovery.copy(client, id)
    local entry = run({ vault_ids = { vault } }).sites[1].vaults[1].resources[1].picks[1]
    assert.same({ id, "task", "success" }, { entry.id, entry.traces[1][1].basis, entry.traces[1][1].status })
    assert.is_number(entry.traces[1][1].arrived_at)
  end)
end)
