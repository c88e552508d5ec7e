--- The operation that shows the capacity that resources use.

local nested = require "cbr.operations.nested"
local rules = require "cbr.operations.rules"

local operations = {}

operations.show_storage_usage = {
  method = "GET",
  path = "/v3/{project_id}/storage_usage",
  list = "storage_usage",
  count = "resource_count",
  params = {
    rules.limit,
    rules.offset,
    rules.text "resource_id",
    { name = "resource_type", type = "string", known = nested.RESOURCE_TYPES },
  },
}

return operations
