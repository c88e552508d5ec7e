-- cbr.dr.room: whether the destinations have room for the missing copies.

local recovery = require "spec.helpers.recovery"
local room = require "cbr.dr.room"
local support = require "spec.helpers.support"

local fixtures = support.fixtures

describe("cbr.dr.room", function()
  local client

  recovery.for_each_test(function(made)
    client = made
  end)

  local function of(vault)
    return { region = recovery.destination.region, project_id = recovery.destination.project_id, vault_id = vault }
  end

  it("room.add says whether the free space of the destination vault is enough for the missing copies", function()
    local list = room.read({ client }, { of(fixtures.vaults.replicas.id), of(fixtures.vaults.replicas_full.id) }, 2)
    assert.same({ 9920, 0 }, { list[1].free_gb, list[2].free_gb })
    assert.same({ "replicas", recovery.destination.project_id },
      { list[1].vault_name, list[1].destination_project_id })
    room.add(list, { { d = 1, size = 4000 }, { d = 1, size = 5920 }, { d = 2, size = 1 }, { d = 2 } })
    assert.same({ 9920, 2, true }, { list[1].needed_gb, list[1].copies, list[1].has_room })
    assert.same({ 1, 2, false }, { list[2].needed_gb, list[2].copies, list[2].has_room })
  end)

  it("the first client that can read a vault gives its free space, which is unknown without such a client", function()
    local down = recovery.client { endpoint = "https://127.0.0.1:1", max_attempts = 1 }
    local list = room.read({ client }, { of(fixtures.nowhere.id) }, 2)
    room.add(list, {})
    assert.same({}, { list[1].has_room, list[1].free_gb })
    assert.is_string(list[1].message)
    list = room.read({ down, client }, { of(fixtures.vaults.replicas.id) }, 2)
    assert.equal(9920, list[1].free_gb)
    down:close()
  end)
end)
