--- Operations on single backups.

local nested = require "cbr.operations.nested"
local rules = require "cbr.operations.rules"

local operations = {}

operations.list_backups = {
  method = "GET",
  path = "/v3/{project_id}/backups",
  list = "backups",
  params = {
    rules.checkpoint_id,
    { name = "dec", type = "boolean" },
    rules.end_time,
    { name = "image_type", type = "string", one_of = { "backup", "replication" } },
    rules.limit,
    rules.text "marker",
    rules.text "name",
    rules.offset,
    rules.text "resource_az",
    rules.text "resource_id",
    rules.text "resource_name",
    { name = "resource_type", type = "string", known = nested.RESOURCE_TYPES },
    rules.sort,
    rules.start_time,
    {
      name = "status", type = { "string", "list" }, items = "string", least = 1, -- a list is sent as a repeated key
      one_of = {
        "available", "protecting", "deleting", "restoring", "error", "waiting_protect", "waiting_delete",
        "waiting_restore",
      },
    },
    rules.vault_id,
    rules.text "enterprise_project_id",
    {
      name = "own_type", type = "string", one_of = { "private", "shared", "all_granted" },
      service_default = "private",
    },
    {
      -- The definition has `accepted` and `rejected`. Huawei Cloud's pages have `accept` and `reject` in their place.
      name = "member_status", type = "string", one_of = { "pending", "accepted", "rejected", "accept", "reject" },
    },
    rules.text "parent_id",
    { name = "used_percent", type = "integer", from = 1, to = 100 },
    { name = "show_replication", type = "boolean", service_default = false },
    { name = "incremental", type = "boolean", service_default = false },
  },
}

operations.import_backup = {
  method = "POST",
  path = "/v3/{project_id}/backups/sync",
  unwrap = "sync", -- the field `sync` is a list
  params = {
    {
      name = "sync", type = "list", items = "table", required = true, least = 1, most = 50,
      fields = {
        rules.the_text "backup_id",
        { name = "backup_name", type = "string", required = true, min = 1, max = 64, form = "name" },
        rules.the_text "bucket_name",
        rules.the_text "image_path",
        rules.the_text "resource_id",
        rules.the_text "resource_name",
        {
          name = "resource_type", type = "string", required = true, known = nested.RESOURCE_TYPES,
          service_default = "OS::Native::Server",
        },
        { name = "created_at", type = "integer", required = true },
      },
    },
  },
}

operations.delete_backup = {
  method = "DELETE",
  path = "/v3/{project_id}/backups/{backup_id}",
  params = { rules.backup_id },
}

operations.show_backup = {
  method = "GET",
  path = "/v3/{project_id}/backups/{backup_id}",
  unwrap = "backup",
  same_id = "backup_id",
  params = { rules.backup_id },
}

operations.update_backup = {
  method = "PUT",
  path = "/v3/{project_id}/backups/{backup_id}",
  idempotent = true,
  wrap = "backup",
  unwrap = "backup",
  same_id = "backup_id",
  params = { rules.backup_id, rules.text "name" },
}

operations.show_metadata = {
  method = "GET",
  path = "/v3/{project_id}/backups/{backup_id}/metadata",
  params = { rules.backup_id },
}

operations.copy_backup = {
  method = "POST",
  path = "/v3/{project_id}/backups/{backup_id}/replicate",
  order_kind = "copy",
  looks_up_project = true,
  followed_by = "backup_id",
  wrap = "replicate",
  unwrap = "replication",
  params = {
    rules.backup_id,
    rules.destination_project_id,
    rules.destination_region,
    rules.the_destination_vault_id,
    rules.name,
    rules.description,
    { name = "enable_acceleration", type = "boolean", service_default = false },
    rules.cross_account_urn,
  },
}

operations.restore_backup = {
  method = "POST",
  path = "/v3/{project_id}/backups/{backup_id}/restore",
  no_content = true,
  starts = "restore",
  wrap = "restore",
  params = {
    rules.backup_id,
    {
      name = "mappings", type = "list", items = "table",
      fields = { rules.the_backup_id, rules.the_text "volume_id" },
    },
    { name = "power_on", type = "boolean", service_default = true },
    rules.text "server_id",
    rules.text "volume_id",
    rules.text "resource_id",
    {
      name = "details", type = "table",
      fields = { { name = "destination_path", type = "string", required = true, min = 1, max = 255 } },
    },
  },
}

return operations
