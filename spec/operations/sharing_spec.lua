-- Backups shared with other projects: the operations, compared with the API reference.

local documented = require "spec.helpers.documented"
local operations = require "cbr.operations"

describe("operations: backups shared with other projects", function()
  it("cbr.operations.sharing has exactly the 5 operations of its group in the reference", function()
    documented.is_complete("sharing", 5)
  end)

  for _, known in ipairs(documented.group "sharing") do
    it(documented.title(known), function()
      documented.is_sent(known)
    end)
  end

  it("operations on shared backups reject a vault id that is not a UUID, as the API pages demand", function()
    local backup = "0b7e4a4c-6a8a-4f10-9a5e-1d1c5f0d3c21"
    for name, params in pairs {
      show_members_detail = { backup_id = backup, vault_id = "mock_vault_id" },
      update_member_status = { backup_id = backup, member_id = "m", status = "accepted", vault_id = "mock_vault_id" },
    } do
      local _, problems = operations[name]:request(params)
      assert.same({ { parameter = "vault_id", problem = "must be a UUID (8-4-4-4-12 hex digits)" } }, problems)
    end
  end)

  it("add_member shares a backup with several projects", function()
    local request = documented.sent("add_member", {
      backup_id = "0b7e4a4c-6a8a-4f10-9a5e-1d1c5f0d3c21", members = { "project-1", "project-2" },
    })
    assert.equal("/backups/0b7e4a4c-6a8a-4f10-9a5e-1d1c5f0d3c21/members", request.path)
    assert.equal('{"members":["project-1","project-2"]}', request.body)
  end)
end)
