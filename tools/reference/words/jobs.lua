--- The jobs for which a key needs permissions. `here` has the operations that the job calls in the project of the
-- vaults, and `there` has the operations that it calls in the project of the destination.
-- spec/docs/permissions_spec.lua runs each job, and compares the lists with the requests.

return {
  {
    job = "replicate a vault", name = "replicate",
    here = { "copy_checkpoint", "list_op_logs", "list_backups" },
    note = "`list_op_logs` and `list_backups` are only called when a response is lost",
  },
  {
    job = "copy one backup", name = "copy_backup", here = { "copy_backup", "show_backup", "list_op_logs" },
    note = "`show_backup` and `list_op_logs` are only called when a response is lost",
  },
  {
    job = "sync a hybrid-cloud vault", name = "sync", here = { "import_checkpoint", "list_op_logs" },
    note = "`list_op_logs` is only called when a response is lost",
  },
  { job = "vaults by name", name = "names", here = { "list_vault" }, there = { "list_vault" } },
  {
    job = "`client:wait` for a replication, or for one copy", name = "wait_replication",
    here = { "list_backups", "show_backup", "list_op_logs" },
  },
  { job = "`client:wait` for a sync or a task", name = "wait_sync", here = { "show_op_log" } },
  {
    job = "`client:preflight` for `replicate`", name = "preflight_replicate",
    here = { "show_vault", "list_op_logs", "list_backups", "show_replication_capabilities", "list_external_vault" },
    there = { "show_vault" },
    note = "what the key cannot read is listed as unchecked",
  },
  { job = "`client:preflight` for `sync`", name = "preflight_sync", here = { "show_vault", "list_op_logs" } },
  {
    job = "`dr.copies`", name = "dr_copies", here = { "show_vault", "list_vault", "list_backups", "list_op_logs" },
    there = { "list_backups" },
  },
  {
    job = "`dr.replicate`", name = "dr_replicate",
    here = { "show_vault", "list_vault", "list_backups", "list_op_logs", "copy_backup", "show_backup" },
    there = { "list_backups", "show_vault", "show_backup" },
    note = "with `method = \"vault\"`, the key also needs what `replicate a vault` needs",
  },
  {
    job = "`dr.prune`", name = "dr_prune", here = { "list_backups", "list_op_logs" },
    there = { "show_vault", "list_backups", "show_backup", "delete_backup" },
    note = "a dry run deletes nothing",
  },
  {
    job = "`dr.unprotected`", name = "dr_unprotected",
    here = { "list_vault", "list_policies", "list_op_logs", "list_protectable", "check_agent" },
  },
  {
    job = "`cbr.diagnose`, `cbr doctor`", name = "diagnose",
    here = { "list_vault", "list_backups", "list_op_logs", "show_replication_capabilities", "list_policies" },
  },
}
