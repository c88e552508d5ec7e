-- Policies: the operations, compared with the API reference.

local documented = require "spec.helpers.documented"
local json = require "cbr.util.json"

describe("operations: policies", function()
  it("cbr.operations.policies has exactly the 5 operations of its group in the reference", function()
    documented.is_complete("policies", 5)
  end)

  for _, known in ipairs(documented.group "policies") do
    it(documented.title(known), function()
      documented.is_sent(known)
    end)
  end

  it("create_policy sends its fields inside 'policy'", function()
    local params = {
      name = "daily", operation_type = "backup", enabled = true, operation_definition = { day_backups = 7 },
      trigger = { properties = { pattern = { "FREQ=DAILY;INTERVAL=1" } } },
    }
    local request = documented.sent("create_policy", params)
    assert.equal("/policies", request.path)
    assert.same({ policy = params }, json.decode(request.body))
  end)
end)
