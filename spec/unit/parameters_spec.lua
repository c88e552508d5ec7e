-- cbr.parameters adds hints about misplaced options to parameter problems, and logs values that cbr does not know.

local parameters = require "cbr.parameters"
local support = require "spec.helpers.support"

describe("parameters", function()
  it("the error for a call's option among the parameters names the second table for options", function()
    assert.equal("an option of the call, which goes into a second table, { timeout = … }",
      parameters.elsewhere "timeout")
    assert.is_nil(parameters.elsewhere "vault_id" or nil)
    local problems = {
      { parameter = "timeout", problem = "is unknown (did you mean 'time'?)" },
      { parameter = "vaultid", problem = "is unknown (did you mean 'vault_id'?)" },
    }
    parameters.explain(problems)
    assert.equal("is unknown: it is an option of the call, which goes into a second table, { timeout = … }",
      problems[1].problem)
    assert.equal("is unknown (did you mean 'vault_id'?)", problems[2].problem)
  end)

  it("an operation sends a parameter's value that cbr does not know, and tells the log hook", function()
    local events = {}
    local client = support.client { log = function(event)
      if event.event == "unknown_value" then
        events[#events + 1] = event
      end
    end }
    support.sandbox.clear_requests()
    client:add_vault_resource {
      vault_id = support.fixtures.vaults.server.id,
      resources = { { id = "a", type = "OS::Nova::Server" }, { id = "b", type = "OS::New::Thing" } },
    }
    assert.same({ {
      event = "unknown_value", operation = "add_vault_resource", parameter = "resources[2].type",
      value = "OS::New::Thing",
    } }, events)
    assert.matches("OS::New::Thing", support.sandbox.requests()[1].body, 1, true)
    client:problems("add_vault_resource", { vault_id = "x", resources = { { id = "b", type = "OS::New::Thing" } } })
    assert.equal(1, #events)
    client:close()
  end)
end)
