-- Restore points: the operations, compared with the API reference.

local documented = require "spec.helpers.documented"
local json = require "cbr.util.json"
local support = require "spec.helpers.support"

describe("operations: restore points", function()
  it("cbr.operations.restore_points has exactly the 4 operations of its group in the reference", function()
    documented.is_complete("restore_points", 4)
  end)

  for _, known in ipairs(documented.group "restore_points") do
    it(documented.title(known), function()
      documented.is_sent(known)
    end)
  end

  it("create_checkpoint accepts a vault id that is not a UUID", function()
    local details = { { id = "64f77ea2-babc-3a17-fc57-f734ad210772", type = "OS::Cinder::Volume" } }
    local request = documented.sent("create_checkpoint",
      { vault_id = "mock_vault_id", parameters = { resource_details = details } })
    assert.same({ checkpoint = { vault_id = "mock_vault_id", parameters = { resource_details = details } } },
      json.decode(request.body))
  end)

  it("replicate and sync reject a vault id that is not a UUID, and send nothing", function()
    support.sandbox.reset()
    local client = support.client()
    for name, params in pairs {
      vault_id = support.replicate_params { vault_id = "mock_vault_id" },
      destination_vault_id = support.replicate_params { destination_vault_id = "mock_vault_id" },
    } do
      local _, err = client:replicate(params)
      assert.equal("argument", err.kind)
      assert.same({ { parameter = name, problem = "must be a UUID (8-4-4-4-12 hex digits)" } }, err.problems)
    end
    local _, err = client:sync { vault_id = "mock_vault_id" }
    assert.same({ { parameter = "vault_id", problem = "must be a UUID (8-4-4-4-12 hex digits)" } }, err.problems)
    client:close()
    assert.same({}, support.sandbox.requests())
  end)

  it("sync sends auto_trigger = false unless auto_trigger is set", function()
    support.sandbox.reset()
    local request = documented.sent("sync", { vault_id = support.fixtures.vaults.hybrid.id })
    assert.equal("/checkpoints/sync", request.path)
    assert.same({ sync = { vault_id = support.fixtures.vaults.hybrid.id, auto_trigger = false } },
      json.decode(request.body))
  end)

  it("replicate sends the same request as copy_checkpoint, and sync the same request as import_checkpoint", function()
    for alias, official in pairs { replicate = "copy_checkpoint", sync = "import_checkpoint" } do
      local params = alias == "sync" and { vault_id = support.fixtures.vaults.hybrid.id } or support.replicate_params()
      local bodies = {}
      for i, name in ipairs { alias, official } do
        support.sandbox.reset()
        local request, response = documented.sent(name, params)
        assert.equal(params.vault_id, response.vault_id)
        bodies[i] = json.decode(request.body)
      end
      assert.same(bodies[1], bodies[2])
    end
  end)
end)
