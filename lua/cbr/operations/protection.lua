--- Resources that can be protected, and the regions that they can be replicated to.

local rules = require "cbr.operations.rules"

local operations = {}

local PROTECTABLE_TYPE = {
  name = "protectable_type", type = "string", one_of = { "server", "disk", "turbo", "workspace", "workspace_v2" },
}

operations.check_agent = {
  method = "POST", -- although it only reads
  path = "/v3/{project_id}/agent/check",
  idempotent = true,
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
