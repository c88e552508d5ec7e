-- Backups shared with other projects: the operations, compared with the API reference.

local documented = require "spec.helpers.documented"

describe("operations: backups shared with other projects", function()
  it("the module has exactly the 5 operations that the reference lists for sharing", function()
    documented.is_complete("sharing", 5)
  end)

  for _, known in ipairs(documented.group "sharing") do
    it(documented.title(known), function()
      documented.is_sent(known)
    end)
  end

  it("shares a backup with several projects", function()
    local request = documented.sent("add_member", {
      backup_id = "0b7e4a4c-6a8a-4f10-9a5e-1d1c5f0d3c21", members = { "project-1", "project-2" },
    })
    assert.equal("/backups/0b7e4a4c-6a8a-4f10-9a5e-1d1c5f0d3c21/members", request.path)
    assert.equal('{"members":["project-1","project-2"]}', request.body)
  end)
end)
