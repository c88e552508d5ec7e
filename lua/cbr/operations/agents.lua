--- Operations on agents, which back up files.

local rules = require "cbr.operations.rules"

local operations = {}

operations.list_agent = {
  method = "GET",
  path = "/v3/{project_id}/agents",
  list = "agents",
  params = {
    rules.limit,
    rules.offset,
    rules.text "status",
    { name = "agent_id", type = "list", items = "string", least = 1 },
  },
}

operations.register_agent = {
  method = "POST",
  path = "/v3/{project_id}/agents",
  wrap = "agent",
  unwrap = "agent",
  params = {
    { name = "agent_id", type = "string", required = true },
    { name = "host_name", type = "string", required = true },
    { name = "host_ip", type = "string", required = true },
    { name = "host_os", type = "string", required = true },
    rules.text "host_nickname",
    { name = "agent_version", type = "string", form = "version" },
    rules.text "agent_type",
  },
}

operations.unregister_agent = {
  method = "DELETE",
  path = "/v3/{project_id}/agents/{agent_id}",
  params = { rules.text "agent_id" },
}

operations.show_agent = {
  method = "GET",
  path = "/v3/{project_id}/agents/{agent_id}",
  unwrap = "agent",
  params = { rules.text "agent_id" },
}

operations.update_agent = {
  method = "PUT",
  path = "/v3/{project_id}/agents/{agent_id}",
  wrap = "agent",
  unwrap = "agent",
  params = {
    rules.text "agent_id",
    { name = "status", type = "string", required = true, one_of = { "uninstall" } },
  },
}

operations.add_agent_path = {
  method = "POST",
  path = "/v3/{project_id}/agents/{agent_id}/add-path",
  params = {
    rules.text "agent_id",
    { name = "add_path", type = "list", items = "string", form = "file_path", required = true, least = 1 },
    {
      name = "exclude_path", type = "list", items = "table",
      fields = { rules.text "path_name", { name = "exclude_path_name", type = "list", items = "string" } },
    },
  },
}

operations.remove_agent_path = {
  method = "POST",
  path = "/v3/{project_id}/agents/{agent_id}/remove-path",
  params = {
    rules.text "agent_id",
    { name = "remove_path", type = "list", items = "string", required = true, least = 1 },
  },
}

return operations
