--- Operations that show which resources can be protected, and to which regions backups can be replicated.

local nested = require "cbr.operations.nested"
local rules = require "cbr.operations.rules"

local operations = {}

-- The definition gives all of these values for list_protectable, and two of them for show_protectable. The
-- service adds new values.
local PROTECTABLE_TYPE = {
  name = "protectable_type", type = "string", known = { "server", "disk", "turbo", "workspace", "workspace_v2" },
}

operations.check_agent = {
  method = "POST", -- the operation only reads, although it is a POST
  path = "/v3/{project_id}/agent/check",
  idempotent = true,
  params = {
    {
      name = "agent_status", type = "list", items = "table", required = true, least = 1,
      fields = {
        rules.the_text "resource_id",
        rules.text "resource_name",
        { name = "resource_type", type = "string", required = true, known = nested.RESOURCE_TYPES },
      },
    },
  },
}

operations.list_protectable = {
  method = "GET",
  path = "/v3/{project_id}/protectables/{protectable_type}/instances",
  list = "instances",
  params = {
    PROTECTABLE_TYPE,
    rules.limit,
    rules.text "marker",
    rules.text "name",
    rules.offset,
    rules.text "status",
    rules.text "id",
    rules.text "server_id",
  },
}

operations.show_protectable = {
  method = "GET",
  path = "/v3/{project_id}/protectables/{protectable_type}/instances/{instance_id}",
  unwrap = "instance",
  params = { PROTECTABLE_TYPE, rules.text "instance_id" },
}

operations.show_replication_capabilities = {
  method = "GET",
  path = "/v3/{project_id}/replication-capabilities",
  list = "regions",
  params = {},
}

return operations
