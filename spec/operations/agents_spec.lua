-- Agents of file backup: the operations, compared with the API reference.

local documented = require "spec.helpers.documented"
local json = require "cbr.util.json"

describe("operations: agents of file backup", function()
  it("cbr.operations.agents has exactly the 7 operations of its group in the reference", function()
    documented.is_complete("agents", 7)
  end)

  for _, known in ipairs(documented.group "agents") do
    it(documented.title(known), function()
      documented.is_sent(known)
    end)
  end

  it("register_agent sends its fields inside 'agent'", function()
    local request = documented.sent("register_agent", {
      agent_id = "a-1", host_name = "web", host_ip = "10.0.0.5", host_os = "linux",
    })
    assert.equal("/agents", request.path)
    assert.same({ agent = { agent_id = "a-1", host_name = "web", host_ip = "10.0.0.5", host_os = "linux" } },
      json.decode(request.body))
  end)

  it("list_agent accepts several ids, and sends one query parameter for each id", function()
    assert.equal("/agents?agent_id=a&agent_id=b&limit=2",
      documented.sent("list_agent", { agent_id = { "b", "a" }, limit = 2 }).path)
  end)
end)
