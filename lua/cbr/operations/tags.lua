--- Operations on tags of vaults. The paths of these operations contain `vault`, other paths contain `vaults`.

local nested = require "cbr.operations.nested"
local rules = require "cbr.operations.rules"

local operations = {}

local function tags(name, fields)
  return { name = name, type = "list", items = "table", fields = fields }
end

operations.show_vault_resource_instances = {
  method = "POST", -- the operation only reads, although it is a POST
  path = "/v3/{project_id}/vault/resource_instances/action",
  idempotent = true,
  list = "resources",
  count = "total_count",
  params = {
    { name = "without_any_tag", type = "boolean" },
    tags("tags", nested.tag_filter),
    tags("tags_any", nested.tag_filter),
    tags("not_tags", nested.tag_filter),
    tags("not_tags_any", nested.tag_filter),
    tags("sys_tags", nested.tag_filter),
    { name = "limit", type = "integer", from = 1, to = 1000, as_text = true },
    { name = "offset", type = "integer", from = 0, as_text = true },
    -- the action `count` returns no list
    { name = "action", type = "string", required = true, one_of = { "filter", "count" } },
    { name = "matches", type = "list", items = "table", most = 1, fields = nested.tag },
    rules.cloud_type,
    rules.object_type,
  },
}

operations.show_vault_project_tag = {
  method = "GET",
  path = "/v3/{project_id}/vault/tags",
  list = "tags",
  params = {},
}

operations.show_vault_tag = {
  method = "GET",
  path = "/v3/{project_id}/vault/{vault_id}/tags",
  list = "tags",
  params = { rules.vault_id },
}

operations.create_vault_tags = {
  method = "POST",
  path = "/v3/{project_id}/vault/{vault_id}/tags",
  no_content = true,
  params = {
    rules.vault_id,
    -- the documents do not say that `tag` is mandatory
    { name = "tag", type = "table", required = true, fields = nested.tag },
  },
}

operations.batch_create_and_delete_vault_tags = {
  method = "POST",
  path = "/v3/{project_id}/vault/{vault_id}/tags/action",
  no_content = true,
  params = {
    rules.vault_id,
    { name = "action", type = "string", required = true, one_of = { "create", "delete" } },
    tags("tags", nested.tag_or_key),
    tags("sys_tags", nested.tag_or_key),
  },
}

operations.delete_vault_tag = {
  method = "DELETE",
  path = "/v3/{project_id}/vault/{vault_id}/tags/{key}",
  params = { rules.vault_id, rules.text "key" },
}

return operations
