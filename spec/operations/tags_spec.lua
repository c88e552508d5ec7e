-- Tags of vaults: the operations, compared with the API reference.

local documented = require "spec.helpers.documented"
local json = require "cbr.util.json"

describe("operations: tags of vaults", function()
  it("cbr.operations.tags has exactly the 6 operations of its group in the reference", function()
    documented.is_complete("tags", 6)
  end)

  for _, known in ipairs(documented.group "tags") do
    it(documented.title(known), function()
      documented.is_sent(known)
    end)
  end

  it("show_vault_resource_instances sends its numbers as strings", function()
    local request = documented.sent("show_vault_resource_instances", { action = "filter", limit = 10, offset = 0 })
    assert.same({ action = "filter", limit = "10", offset = "0" }, json.decode(request.body))
  end)

  it("operations on tags percent-encode the key of a tag in a path", function()
    assert.equal("/vault/0b7e4a4c-6a8a-4f10-9a5e-1d1c5f0d3c21/tags/cost%20center%3Ax", documented.sent(
      "delete_vault_tag", { vault_id = "0b7e4a4c-6a8a-4f10-9a5e-1d1c5f0d3c21", key = "cost center:x" }).path)
  end)
end)
