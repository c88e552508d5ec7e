-- The meanings of all operations, from every group.

local about = require "cbr.operations.about"
local operations = require "cbr.operations"

describe("meanings of operations", function()
  it("every one of the 73 operations has a table of meanings", function()
    local count = 0
    for name in pairs(operations) do
      assert.is_table(about.operations[name], name)
      count = count + 1
    end
    assert.equal(73, count)
  end)

  it("a parameter has the meaning that is stored for the longest matching suffix of the parameter's path", function()
    assert.equal("Capacity of the vault in GB.", about.parameter("create_vault", "billing.size"))
    assert.equal("The new capacity in GB.", about.parameter("update_vault", "billing.size"))
    assert.equal("Id of the source vault.", about.parameter("copy_checkpoint", "vault_id"))
    assert.equal("Id of the vault.", about.parameter("show_vault", "vault_id"))
    assert.equal("Name of the resource.", about.parameter("create_vault", "resources.name"))
    assert.equal("Name of the vault.", about.parameter("create_vault", "name"))
    assert.is_nil(about.parameter("create_vault", "nothing"))
  end)
end)
