--- Operations on projects and accounts. The paths of these operations do not contain the caller's project.

local rules = require "cbr.operations.rules"

local operations = {}

operations.list_domain_projects = {
  method = "GET",
  path = "/v3/domain/{domain_name}/projects",
  list = "projects",
  params = { rules.text "domain_name" },
}

operations.show_domain = {
  method = "GET",
  path = "/v3/domain/{source_project_id}",
  params = { { name = "source_project_id", type = "string", form = "project" } },
}

operations.show_migrate_status = {
  method = "GET",
  path = "/v3/migrates",
  params = { { name = "all_regions", type = "boolean", service_default = true } },
}

operations.migrate_domain = {
  method = "POST",
  path = "/v3/migrates",
  params = {
    { name = "all_regions", type = "boolean", required = true, service_default = true },
    { name = "reservation", type = "number", required = true, from = 0, to = 1, service_default = 1 / 5 },
  },
}

operations.list_projects = {
  method = "GET",
  path = "/v3/region-projects",
  list = "projects",
  params = {},
}

return operations
