-- Backups that are shared with other projects. A change that one operation makes must be visible in the
-- response of another operation.

local service = require "spec.helpers.service"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures
local backup, other = fixtures.backups.server_web, fixtures.projects.other

local function add()
  return service.get("add_member", { backup_id = backup.id, body = { members = { other.id } } }).members[1]
end

local function params(body)
  return { backup_id = backup.id, member_id = other.id, body = body }
end

describe("the sandbox's share members #wire", function()
  before_each(service.reset)
  teardown(sandbox.reset)

  it("add_member shares a backup with a project of the region, and the project then sees the backup", function()
    assert.equal("6200", service.rejection("show_backup", { backup_id = backup.id }, "other"))
    local member = add()
    assert.same({ "pending", other.id, backup.id }, { member.status, member.dest_project_id, member.backup_id })
    assert.equal(backup.id, service.get("show_backup", { backup_id = backup.id }, "other").backup.id)
    local list = service.get("list_backups", { own_type = "shared", member_status = "pending" }, "other")
    assert.same({ 1, backup.id }, { list.count, list.backups[1].id })
    assert.equal(0, service.get("list_backups", { name = "web" }, "other").count)
    assert.equal(1, service.get("list_backups", { name = "web", own_type = "all_granted" }, "other").count)
  end)

  it("add_member rejects backups that cannot be shared, and projects that cannot receive a backup", function()
    local function code(backup_id, project_id)
      return service.rejection("add_member", { backup_id = backup_id, body = { members = { project_id } } })
    end
    assert.equal("6700", code(fixtures.backups.turbo_share.id, other.id))
    assert.equal("6702", code(fixtures.backups.server_broken.id, other.id))
    assert.equal("6704", code(backup.id, fixtures.projects.east.id))
    assert.equal("6704", code(backup.id, fixtures.nowhere.project))
    add()
    assert.equal("6714", code(backup.id, other.id))
  end)

  it("show_members_detail lists the members of a backup", function()
    local member = add()
    local list = service.get("show_members_detail", { backup_id = backup.id })
    assert.same({ 1, member.id }, { list.count, list.members[1].id })
    assert.equal(0, service.get("show_members_detail", { backup_id = backup.id, status = "accepted" }).count)
  end)

  it("show_member_detail shows a member, which is found by the member's id or by its project", function()
    local member = add()
    for _, id in ipairs { member.id, other.id } do
      assert.same(member, service.get("show_member_detail", { backup_id = backup.id, member_id = id }).member)
    end
    assert.equal("6705", service.rejection("show_member_detail", {
      backup_id = backup.id, member_id = fixtures.nowhere.id,
    }))
  end)

  it("update_member_status accepts a shared backup, and puts it into a vault of the receiving project", function()
    add()
    local accepted = params { status = "accepted", vault_id = fixtures.vaults.other_server.id }
    assert.equal("6707", service.rejection("update_member_status", accepted))
    assert.equal("6105", service.rejection("update_member_status", params {
      status = "accepted", vault_id = fixtures.vaults.server.id,
    }, "other"))
    assert.equal("accepted", service.get("update_member_status", accepted, "other").member.status)
    local member = service.get("show_member_detail", params()).member
    assert.same({ "accepted", fixtures.vaults.other_server.id }, { member.status, member.vault_id })
    service.get("update_member_status", params { status = "rejected" }, "other")
    assert.equal("rejected", service.get("show_member_detail", params()).member.status)
  end)

  it("delete_member ends the sharing of a backup", function()
    add()
    assert.equal("6200", service.rejection("delete_member", params(), "other"))
    assert.equal(204, service.call("delete_member", params()).status)
    assert.equal(0, service.get("show_members_detail", { backup_id = backup.id }).count)
    assert.equal("6200", service.rejection("show_backup", { backup_id = backup.id }, "other"))
  end)
end)
