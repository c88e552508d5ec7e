--- Operations on vaults, and on the resources in them.

local json = require "cbr.util.json"
local nested = require "cbr.operations.nested"
local rules = require "cbr.operations.rules"

local operations = {}

-- The service requires `resources`, even as an empty list for a vault without resources. The definition allows 255
-- resources in create_vault and 256 elsewhere; the pages allow 256.
local RESOURCES = {
  name = "resources", type = "list", items = "table", most = 256, fields = nested.resource, default = json.empty_array,
}
local BILLING = { name = "billing", type = "table", required = true, fields = nested.billing }
local BIND_RULES = { name = "bind_rules", type = "table", fields = nested.bind_rules }
local THRESHOLD = { name = "threshold", type = "integer", from = 1, to = 100, service_default = 80 }
local SMN_NOTIFY = { name = "smn_notify", type = "boolean", service_default = true }
local LOCKED = { name = "locked", type = "boolean", service_default = false }

operations.list_vault = {
  method = "GET",
  path = "/v3/{project_id}/vaults",
  list = "vaults",
  params = {
    rules.limit,
    { name = "name", type = "string", form = "name" },
    rules.offset,
    rules.cloud_type, -- by default the service lists only public vaults
    rules.protect_type,
    rules.object_type,
    rules.text "enterprise_project_id",
    -- The definition has a list of ids, and Open Telekom Cloud's pages have one id. A list is sent as a repeated key.
    { name = "id", type = { "string", "list" }, items = "string", form = "id", least = 1 },
    rules.policy_id,
    { name = "status", type = "string", known = { "available", "lock", "frozen", "deleting", "error" } },
    rules.text "resource_ids", -- a text with ids separated by commas, unlike `id`
  },
}

operations.create_vault = {
  method = "POST",
  path = "/v3/{project_id}/vaults",
  wrap = "vault",
  -- The result is the whole response: for a prepaid vault, the response has `orders` instead of `vault`.
  params = {
    rules.the_name,
    BILLING,
    RESOURCES,
    -- The limit is for requests. In a response, the description may have 255 characters.
    { name = "description", type = "string", max = 64, form = "description" },
    rules.text "backup_policy_id",
    { name = "tags", type = "list", items = "table", fields = nested.tag },
    rules.text "enterprise_project_id",
    { name = "auto_bind", type = "boolean" },
    BIND_RULES,
    { name = "auto_expand", type = "boolean" },
    THRESHOLD,
    SMN_NOTIFY,
    { name = "backup_name_prefix", type = "string", max = 32 },
    { name = "demand_billing", type = "boolean", service_default = false },
    rules.text "sys_lock_source_service",
    LOCKED,
    { name = "availability_zone", type = "string", min = 1, max = 32 },
  },
}

operations.batch_update_vault = {
  method = "PUT",
  path = "/v3/{project_id}/vaults/batch-update",
  idempotent = true,
  wrap = "vault",
  params = { SMN_NOTIFY, THRESHOLD },
}

operations.list_external_vault = {
  method = "GET",
  path = "/v3/{project_id}/vaults/external",
  list = "vaults",
  params = {
    { name = "external_project_id", type = "string", required = true, form = "project" },
    rules.limit,
    rules.offset,
    rules.text "protect_type",
    { name = "region_id", type = "string", required = true, form = "region_in_body", known = nested.REGIONS },
    -- The service misspells `object_type`. Newer API pages spell it right, but no SDK does.
    { name = "object_type", type = "string", wire = "objcet_type", known = nested.OBJECT_TYPES },
    rules.text "cloud_type",
    { name = "vault_id", type = "string", form = "id", by_name = false },
  },
}

operations.create_post_paid_vault = { -- this operation creates a prepaid vault, despite its name
  method = "POST",
  path = "/v3/{project_id}/vaults/order",
  wrap = "vault",
  params = {
    { name = "name", type = "string", min = 1, max = 64 },
    BILLING,
    RESOURCES,
    { name = "description", type = "string", max = 255 },
    rules.text "backup_policy_id",
    { name = "tags", type = "list", items = "table", least = 1, most = 10, fields = nested.tag },
    rules.text "enterprise_project_id",
    { name = "auto_bind", type = "boolean" },
    BIND_RULES,
    THRESHOLD,
    SMN_NOTIFY,
    {
      name = "parameters", type = "table",
      fields = {
        {
          name = "combined_order", type = "table",
          fields = {
            rules.text "combined_order_id",
            { name = "combined_order_num", type = "integer", from = 1, to = 1000 },
            { name = "combined_order_ecs_num", type = "integer", from = 1, to = 1000 },
          },
        },
      },
    },
    { name = "auto_expand", type = "boolean" },
    LOCKED,
  },
}

operations.show_summary = {
  method = "GET",
  path = "/v3/{project_id}/vaults/summary",
  params = {},
}

operations.delete_vault = {
  method = "DELETE",
  starts = "vault_delete",
  path = "/v3/{project_id}/vaults/{vault_id}",
  params = { rules.vault_id },
}

operations.show_vault = {
  method = "GET",
  path = "/v3/{project_id}/vaults/{vault_id}",
  unwrap = "vault",
  same_id = "vault_id",
  params = { rules.vault_id },
}

operations.update_vault = {
  method = "PUT",
  path = "/v3/{project_id}/vaults/{vault_id}",
  wrap = "vault",
  unwrap = "vault",
  same_id = "vault_id",
  params = {
    rules.vault_id,
    {
      name = "billing", type = "table",
      fields = {
        { name = "size", type = "integer", from = 1, to = 10485760 },
        { name = "consistent_level", type = "string", one_of = nested.consistent_level },
      },
    },
    rules.name,
    { name = "auto_bind", type = "boolean" },
    BIND_RULES,
    { name = "auto_expand", type = "boolean" },
    SMN_NOTIFY,
    THRESHOLD,
    LOCKED,
  },
}

operations.add_vault_resource = {
  method = "POST",
  path = "/v3/{project_id}/vaults/{vault_id}/addresources",
  params = {
    rules.vault_id,
    {
      name = "resources", type = "list", items = "table", required = true, least = 1, most = 256,
      fields = nested.resource,
    },
  },
}

operations.associate_vault_policy = {
  method = "POST",
  path = "/v3/{project_id}/vaults/{vault_id}/associatepolicy",
  unwrap = "associate_policy",
  params = {
    rules.vault_id,
    rules.policy_id, -- the caller sets either `policy_id` or `add_policy_ids`
    { name = "destination_vault_id", type = "string", form = "id", by_name = false },
    -- The definition has the limits 1 and 10 as lengths of each id, but an id has more than 10 characters.
    { name = "add_policy_ids", type = "list", items = "string", form = "id", least = 1, most = 10 },
  },
}

operations.disassociate_vault_policy = {
  method = "POST",
  path = "/v3/{project_id}/vaults/{vault_id}/dissociatepolicy",
  unwrap = "dissociate_policy",
  params = { rules.vault_id, rules.the_policy_id },
}

operations.migrate_vault_resource = {
  method = "POST",
  path = "/v3/{project_id}/vaults/{vault_id}/migrateresources",
  params = { rules.vault_id, rules.the_destination_vault_id, rules.the_resource_ids },
}

operations.remove_vault_resource = {
  method = "POST",
  path = "/v3/{project_id}/vaults/{vault_id}/removeresources",
  params = {
    rules.vault_id,
    { name = "resource_ids", type = "list", items = "string", required = true, least = 1, most = 256 },
  },
}

operations.set_vault_resource = {
  method = "PUT",
  path = "/v3/{project_id}/vaults/{vault_id}/set-resources",
  idempotent = true,
  params = {
    rules.vault_id,
    rules.the_resource_ids,
    { name = "action", type = "string", required = true, one_of = { "suspend", "unsuspend" } },
  },
}

return operations
