-- Protectable resources and replication regions: the operations, compared with the API reference.

local documented = require "spec.helpers.documented"

describe("operations: what can be protected and replicated", function()
  it("cbr.operations.protection has exactly the 4 operations of its group in the reference", function()
    documented.is_complete("protection", 4)
  end)

  for _, known in ipairs(documented.group "protection") do
    it(documented.title(known), function()
      documented.is_sent(known)
    end)
  end

  it("list_protectable lists the protectable resources of the type in the path", function()
    assert.equal("/protectables/disk/instances?limit=5&name=web", documented.sent("list_protectable", {
      protectable_type = "disk", limit = 5, name = "web",
    }).path)
  end)

  it("show_replication_capabilities shows to which regions each region replicates", function()
    local _, response = documented.sent("show_replication_capabilities", {})
    assert.equal("cn-north-4", response.regions[1].name)
    assert.same({ "cn-east-3" }, response.regions[1].replication_destinations)
  end)
end)
