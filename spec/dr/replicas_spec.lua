-- cbr.dr.replicas: the replicas at the destinations, and their source backups.

local backup_rules = require "cbr.dr.backup_rules"
local replica_source = require "cbr.dr.replica_source"
local recovery = require "spec.helpers.recovery"
local replicas = require "cbr.dr.replicas"
local support = require "spec.helpers.support"
local survey = require "cbr.dr.survey"

local sandbox = support.sandbox

describe("the replicas of a destination", function()
  local client, vault

  recovery.for_each_test(function(made)
    client, vault = made, recovery.vault "prod"
  end)

  -- Reads the replicas at one destination. Returns the only resource of the vault, and the error if the
  -- replicas cannot be read.
  local function read(destination)
    local state = survey.run({ client }, {
      vault_ids = { vault }, destinations = { destination or recovery.destination }, concurrency = 2,
    }, backup_rules.newest(3))
    local unread = replicas.read(state)
    return state.projects[1].vaults[1].resources[1], unread[state.projects[1]][1]
  end

  it("the arrival time of a copy is the time of its task, of the copy itself, or of its order", function()
    local id = recovery.backup(vault, "web", 3600)
    recovery.copy(client, id)
    for _, row in ipairs { { "own", "replica" }, { "source", "order" }, { "null", "order" } } do
      sandbox.quirks { replica_stamps = row[1] }
      assert.equal(row[2], read().found[1].best.lag_basis)
    end
    sandbox.quirks { records = false }
    assert.equal("task", read().found[1].best.lag_basis)
  end)

  it("`best` is the newest copy of a resource, and `there` has the copy of each single backup", function()
    local old = recovery.backup(vault, "web", 7200)
    recovery.copy(client, old)
    local new = recovery.backup(vault, "web", 3600)
    recovery.copy(client, new)
    local resource = read()
    assert.equal(new, resource.found[1].best.source_id)
    assert.same({ new, old }, { resource.selected[1].there[1].source_id, resource.selected[2].there[1].source_id })
  end)

  it("a replica whose source was deleted counts as a copy if it has a mark, and otherwise as unknown", function()
    recovery.backup(vault, "web", 60)
    local source, at = recovery.backup(vault, "web", 3600), math.floor(recovery.now()) - 3600
    local replica = recovery.copy(client, source, { description = replica_source.mark(source, at) })
    recovery.delete(client, source)
    local resource = read()
    local best = resource.found[1].best
    assert.same({ replica, "mark", source, at }, { best.id, best.basis, best.source_id, best.at })
    assert.same({ {}, 0 }, { resource.selected[1].there, resource.found[1].unknown })
    local other = recovery.backup(vault, "web", 1800)
    local unmarked = recovery.copy(client, other)
    recovery.delete(client, other)
    local found = read().found[1]
    assert.same({ replica, 1, unmarked }, { found.best.id, found.unknown, found.unknown_id })
  end)

  it("a replica that is not available is ignored", function()
    local replica = recovery.copy(client, recovery.backup(vault, "web", 3600))
    sandbox.patch { backups = { [replica] = { status = "error" } } }
    local resource = read()
    assert.is_nil(resource.found[1].best)
    assert.equal(0, resource.found[1].unknown)
  end)

  it("a replica in another vault is ignored, also if the service ignores the filter by vault", function()
    local other = recovery.vault("more_replicas", { kind = "replicas", project = "east" })
    recovery.copy(client, recovery.backup(vault, "web", 3600), { destination_vault_id = other })
    sandbox.quirks { ignored_parameters = { "vault_id", "image_type" } }
    assert.is_nil(read().found[1].best)
  end)

  it("a copy whose vault is unknown, or is the destination's in upper case, is not in another vault", function()
    for vault_id, expected in pairs { v = false, V = false, [""] = false, w = true } do
      assert.equal(expected, replicas.is_elsewhere({ vault_id = "v" }, vault_id))
    end
    assert.is_false(replicas.is_elsewhere({ vault_id = "v" }, nil))
    assert.is_false(replicas.is_elsewhere({}, "w"))
  end)

  it("replicas.read returns the error of a destination that cannot be read", function()
    local _, err = read { region = recovery.destination.region, project_id = support.fixtures.nowhere.project }
    assert.is_string(err.kind)
  end)
end)
