--- Operations that share backups with other projects of the region.

local rules = require "cbr.operations.rules"

local operations = {}

-- The pages of both operations with this parameter say that only a UUID is supported, unlike other pages.
local VAULT_ID = { name = "vault_id", type = "string", form = "uuid" }

operations.show_members_detail = {
  method = "GET",
  path = "/v3/{project_id}/backups/{backup_id}/members",
  list = "members",
  params = {
    rules.backup_id,
    { name = "dest_project_id", type = "string", form = "project" },
    rules.text "image_id",
    rules.text "status",
    VAULT_ID,
    rules.limit,
    rules.text "marker",
    rules.offset,
    rules.sort,
  },
}

operations.add_member = {
  method = "POST",
  path = "/v3/{project_id}/backups/{backup_id}/members",
  params = {
    rules.backup_id,
    { name = "members", type = "list", items = "string", least = 1, most = 10 },
    { name = "domains", type = "list", items = "string" },
  },
}

operations.delete_member = {
  method = "DELETE",
  path = "/v3/{project_id}/backups/{backup_id}/members/{member_id}",
  params = { rules.backup_id, rules.text "member_id" },
}

operations.show_member_detail = {
  method = "GET",
  path = "/v3/{project_id}/backups/{backup_id}/members/{member_id}",
  unwrap = "member",
  params = { rules.backup_id, rules.text "member_id" },
}

operations.update_member_status = {
  method = "PUT",
  path = "/v3/{project_id}/backups/{backup_id}/members/{member_id}",
  unwrap = "member",
  params = {
    rules.backup_id,
    rules.text "member_id",
    { name = "status", type = "string", required = true, one_of = { "accepted", "pending", "rejected" } },
    VAULT_ID,
  },
}

return operations
