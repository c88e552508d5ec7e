-- Policies of an organization: the operations, compared with the API reference.

local documented = require "spec.helpers.documented"

describe("operations: policies of an organization", function()
  it("cbr.operations.organization_policies has exactly the 6 operations of its group in the reference", function()
    documented.is_complete("organization_policies", 6)
  end)

  for _, known in ipairs(documented.group "organization_policies") do
    it(documented.title(known), function()
      documented.is_sent(known)
    end)
  end

  it("update_organization_policy sends only the fields that are given", function()
    local request = documented.sent("update_organization_policy", {
      organization_policy_id = "p-1", policy_enabled = false,
    })
    assert.equal("/organization-policies/p-1", request.path)
    assert.equal('{"policy":{"policy_enabled":false}}', request.body)
  end)
end)
