-- Single backups: the operations, compared with the API reference.

local documented = require "spec.helpers.documented"
local json = require "cbr.util.json"

describe("operations: single backups", function()
  it("cbr.operations.backups has exactly the 8 operations of its group in the reference", function()
    documented.is_complete("backups", 8)
  end)

  for _, known in ipairs(documented.group "backups") do
    it(documented.title(known), function()
      documented.is_sent(known)
    end)
  end

  it("list_backups accepts several statuses, and sends one query parameter for each status", function()
    local request, response = documented.sent("list_backups", { status = { "error", "available" }, limit = 2 })
    assert.equal("/backups?limit=2&status=available&status=error", request.path)
    assert.equal(2, #response.backups)
    assert.is_true(response.count >= 2)
    assert.equal("/backups?status=error", documented.sent("list_backups", { status = "error" }).path)
  end)

  it("copy_backup sends the backup's id in the path, and its other parameters inside 'replicate'", function()
    local request = documented.sent("copy_backup", {
      backup_id = "0b7e4a4c-6a8a-4f10-9a5e-1d1c5f0d3c21", destination_project_id = ("0a"):rep(16),
      destination_region = "cn-east-3", destination_vault_id = "7379f99e-c640-44c5-90b8-e4650dab754e", name = "copy",
    })
    assert.equal("/backups/0b7e4a4c-6a8a-4f10-9a5e-1d1c5f0d3c21/replicate", request.path)
    assert.same({ replicate = {
      destination_project_id = ("0a"):rep(16), destination_region = "cn-east-3",
      destination_vault_id = "7379f99e-c640-44c5-90b8-e4650dab754e", name = "copy",
    } }, json.decode(request.body))
  end)

  it("show_backup returns a backup without the enclosing 'backup'", function()
    local _, list = documented.sent("list_backups", { limit = 1 })
    local _, backup = documented.sent("show_backup", { backup_id = list.backups[1].id })
    assert.equal(list.backups[1].id, backup.id)
  end)
end)
