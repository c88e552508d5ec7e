--- Operations that show tasks. The service calls a task an operation log.

local rules = require "cbr.operations.rules"

local operations = {}

operations.list_op_logs = {
  method = "GET",
  path = "/v3/{project_id}/operation-logs",
  list = "operation_logs",
  params = {
    rules.end_time,
    rules.limit,
    rules.offset,
    {
      name = "operation_type", type = "string",
      one_of = { "backup", "copy", "replication", "restore", "delete", "sync", "vault_delete", "remove_resource" },
    },
    rules.text "provider_id",
    rules.text "resource_id",
    rules.text "resource_name",
    rules.start_time,
    {
      name = "status", type = "string",
      one_of = { "success", "skipped", "failed", "running", "timeout", "waiting" },
    },
    rules.vault_id,
    rules.text "vault_name",
    rules.text "enterprise_project_id",
  },
}

operations.show_op_log = {
  method = "GET",
  path = "/v3/{project_id}/operation-logs/{operation_log_id}",
  unwrap = "operation_log",
  same_id = "operation_log_id",
  params = { rules.operation_log_id },
}

return operations
