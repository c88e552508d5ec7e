-- Features of a region: the operations, compared with the API reference.

local documented = require "spec.helpers.documented"

describe("operations: features of a region", function()
  it("cbr.operations.features has exactly the two operations of its group in the reference", function()
    documented.is_complete("features", 2)
  end)

  for _, known in ipairs(documented.group "features") do
    it(documented.title(known), function()
      documented.is_sent(known)
    end)
  end

  it("show_feature shows the feature whose key is in the path", function()
    assert.equal("/cbr-features/replication.enable", documented.sent("show_feature", {
      feature_key = "replication.enable",
    }).path)
  end)

  it("list_features returns the features as an object that maps keys to values", function()
    local _, features = documented.sent("list_features", {})
    assert.is_string(next(features))
  end)
end)
