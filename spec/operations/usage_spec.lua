-- Used capacity: the operations, compared with the API reference.

local documented = require "spec.helpers.documented"

describe("operations: used capacity", function()
  it("cbr.operations.usage has exactly the one operation of its group in the reference", function()
    documented.is_complete("usage", 1)
  end)

  for _, known in ipairs(documented.group "usage") do
    it(documented.title(known), function()
      documented.is_sent(known)
    end)
  end

  it("show_storage_usage shows the capacity that one resource uses", function()
    assert.equal("/storage_usage?resource_id=server-1&resource_type=OS%3A%3ANova%3A%3AServer",
      documented.sent("show_storage_usage", { resource_id = "server-1", resource_type = "OS::Nova::Server" }).path)
  end)
end)
