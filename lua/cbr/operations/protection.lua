--- What can be protected, and where to it can be replicated.

local rules = require "cbr.operations.rules"

local operations = {}

local PROTECTABLE_TYPE = {
  name = "protectable_type", type = "string", one_of = { "server", "disk", "turbo", "workspace", "workspace_v2" },
}

operations.check_agent = {
  method = "POST", -- and yet only looks
  path = "/v3/{project_id}/agent/check",
  repeatable = true,
  params = { { name = "agent_status", type = "list", items = "table", required = true, least = 1 } },
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
