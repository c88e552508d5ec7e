--- The meanings of the operations on tasks, in the form of cbr.operations.about.

return {
  list_op_logs = {
    does = "Lists the tasks of the project: what the service did or is doing.",
    returns = "The tasks of one page, and the number of all tasks that match.",
    action = "cbr:tasks:list",
    params = {
      operation_type = "Only tasks of this type. Open Telekom Cloud knows neither `copy` nor `replication`.",
      provider_id = "Only tasks of this kind of backup.",
      resource_id = "Only tasks for this resource.",
      resource_name = "Only tasks for resources with this name.",
      start_time = "Only tasks that began at this time or later (UTC).",
      end_time = "Only tasks that ended at this time or earlier (UTC).",
      status = "Only tasks with this status.",
      vault_id = "Only tasks for this vault.",
      vault_name = "Only tasks for vaults with this name.",
    },
    result = "task",
  },
  show_op_log = {
    does = "Shows one task.",
    returns = "The task with its progress, and its error if it failed.",
    action = "cbr:tasks:get",
    codes = "6500",
    result = "task",
  },
}
