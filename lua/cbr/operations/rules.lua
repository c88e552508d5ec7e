--- Rules that many operations share. cbr.operations copies each rule, so that several operations can use it.

local nested = require "cbr.operations.nested"

local rules = {}

-- Rules for ids. The samples of the API pages are UUIDs, but the definition gives these ids no form, and recorded
-- requests with the ids `mock_vault_id` and `new_policy_id1` have the status 200. So the wider rule holds: the form of
-- `product_id`, the only id that has a form in the definition. Where the text of a page names a UUID, the operation has
-- a rule of its own with the form `uuid`.
for _, name in ipairs { "vault_id", "backup_id", "checkpoint_id", "policy_id", "operation_log_id" } do
  rules[name] = { name = name, type = "string", form = "id" }
end

for _, name in ipairs { "vault_id", "backup_id", "policy_id", "destination_vault_id" } do
  rules["the_" .. name] = { name = name, type = "string", form = "id", required = true }
end

--- Makes a rule for any text: a filter, or an id whose form the API pages do not give.
---@param name string
---@return table rule
function rules.text(name)
  return { name = name, type = "string" }
end

--- Makes a rule for any text that is mandatory.
---@param name string
---@return table rule
function rules.the_text(name)
  return { name = name, type = "string", required = true }
end

--- The number of items of a page. Lists that cbr itself reads have pages of the largest size.
rules.limit = { name = "limit", type = "integer", from = 1, to = 1000 }
rules.offset = { name = "offset", type = "integer", from = 0 }
rules.sort = { name = "sort", type = "string", max = 255 }
rules.start_time = { name = "start_time", type = "string", form = "time" }
rules.end_time = { name = "end_time", type = "string", form = "time" }

rules.name = { name = "name", type = "string", min = 1, max = 64, form = "name" }
rules.the_name = { name = "name", type = "string", required = true, min = 1, max = 64, form = "name" }
rules.description = { name = "description", type = "string", max = 255, form = "description" }

rules.operation_type = { name = "operation_type", type = "string", one_of = { "backup", "replication" } }
rules.the_operation_type = {
  name = "operation_type", type = "string", required = true, one_of = { "backup", "replication" },
}
rules.cloud_type = { name = "cloud_type", type = "string", one_of = { "public", "hybrid" } }
rules.object_type = { name = "object_type", type = "string", known = nested.OBJECT_TYPES }
-- The definition of list_vault lacks `hybrid`, but the definition of a vault has it.
rules.protect_type = { name = "protect_type", type = "string", one_of = { "backup", "replication", "hybrid" } }

--- The rule for ids of servers, disks and other resources. The API pages do not give one form for all of these ids.
rules.the_resource_ids = { name = "resource_ids", type = "list", items = "string", required = true, least = 1 }

rules.destination_project_id = {
  name = "destination_project_id", type = "string", required = true, form = "project",
}
rules.destination_region = {
  name = "destination_region", type = "string", required = true, filled = true, max = 255, form = "region_in_body",
  known = nested.REGIONS,
}
rules.cross_account_urn = {
  name = "cross_account_urn", type = "string", filled = true, max = 1024, form = "line",
}

return rules
