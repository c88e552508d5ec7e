-- Restore points: the operations, compared with the API reference.

local documented = require "spec.helpers.documented"
local json = require "cbr.util.json"
local support = require "spec.helpers.support"

describe("operations: restore points", function()
  it("the module has exactly the 4 operations that the reference lists for restore points", function()
    documented.is_complete("restore_points", 4)
  end)

  for _, known in ipairs(documented.group "restore_points") do
    it(documented.title(known), function()
      documented.is_sent(known)
    end)
  end

  it("sends auto_trigger = false with a sync that does not set auto_trigger", function()
    support.sandbox.reset()
    local request = documented.sent("sync", { vault_id = support.fixtures.vaults.hybrid.id })
    assert.equal("/checkpoints/sync", request.path)
    assert.same({ sync = { vault_id = support.fixtures.vaults.hybrid.id, auto_trigger = false } },
      json.decode(request.body))
  end)

  it("sends the same request for replicate and copy_checkpoint, and for sync and import_checkpoint", function()
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
