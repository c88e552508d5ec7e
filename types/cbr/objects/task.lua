---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Task.error_info
---@field code? string Code of the service.
---@field message? string The reason in words.

---@class cbr.Task.extra_info.common
---@field progress? integer Percent.
---@field request_id? string Id of the request that started the task.
---@field task_id? string Another id of the task.

---@class cbr.Task.extra_info.backup
---@field backup_id? string Id of the backup.
---@field backup_name? string Name of the backup.
---@field incremental? string Whether the backup is incremental: `true` or `false`.
---@field app_consistency_status? string `1` if the backup is consistent for applications, else `0`.
---@field app_consistency_error_code? string Code of the reason if the backup is not consistent.
---@field app_consistency_error_message? string The reason in words.

---@class cbr.Task.extra_info.replication
---@field source_backup_id? string Id of the backup that is copied.
---@field source_backup_name? string Name of the backup that is copied.
---@field source_checkpoint_id? string Id of the restore point of the copied backup.
---@field source_project_id? string Id of the source project.
---@field source_region? string The source region.
---@field destination_backup_id? string Id of the copy.
---@field destination_backup_name? string Name of the copy.
---@field destination_checkpoint_id? string Id of the copy's restore point.
---@field destination_project_id? string Id of the copy's project.
---@field destination_region? string Region of the copy.

---@class cbr.Task.extra_info.sync
---@field sync_backup_num? integer Number of imported backups.
---@field delete_backup_num? integer Number of backups that were removed.
---@field err_sync_backup_num? integer Number of backups that could not be imported.

---@class cbr.Task.extra_info.delete
---@field backup_id? string Id of the backup.
---@field backup_name? string Name of the backup.

---@class cbr.Task.extra_info.restore
---@field backup_id? string Id of the backup.
---@field backup_name? string Name of the backup.
---@field target_resource_id? string Id of the resource that is restored.
---@field target_resource_name? string Name of the resource that is restored.

---@class cbr.Task.extra_info.vault_delete
---@field total_count? integer Number of backups to delete.
---@field fail_count? integer Number of backups that could not be deleted.

---@class cbr.Task.extra_info.remove_resources
---@field total_count? integer Number of resources to remove.
---@field fail_count? integer Number of resources that could not be removed.
---@field resources? cbr.Resource[] The resources to remove.

---@class cbr.Task.extra_info
---@field common? cbr.Task.extra_info.common Fields that all tasks have.
---@field resource? cbr.Resource The resource that the task is for.
---@field backup? cbr.Task.extra_info.backup Fields of a task that makes a backup.
---@field replication? cbr.Task.extra_info.replication Fields of a task that replicates a backup.
---@field sync? cbr.Task.extra_info.sync Fields of a task that imports backups.
---@field delete? cbr.Task.extra_info.delete Fields of a task that deletes a backup.
---@field restore? cbr.Task.extra_info.restore Fields of a task that restores a backup.
---@field vault_delete? cbr.Task.extra_info.vault_delete Fields of a task that deletes a vault.
---@field remove_resources? cbr.Task.extra_info.remove_resources Fields of a task that removes resources from a vault.

---@class cbr.Task
---@field id? string Id of the task.
---@field operation_type? string What the task does, such as `backup`, `replication`, `restore` or `sync`.
---@field status? string `waiting` or `running`; at the end `success`, `skipped`, `failed` or `timeout`.
---@field project_id? string Id of the project.
---@field vault_id? string Id of the vault.
---@field vault_name? string Name of the vault.
---@field checkpoint_id? string Id of the restore point.
---@field policy_id? string Id of the policy that started the task.
---@field provider_id? string Id of the kind of resource.
---@field created_at? string When the task was created (UTC).
---@field started_at? string When the task began (UTC).
---@field ended_at? string When the task ended (UTC).
---@field updated_at? string When the task was last changed (UTC).
---@field error_info? cbr.Task.error_info Why the task failed; empty texts if it did not.
---@field extra_info? cbr.Task.extra_info More about the task; the fields depend on the type of the task.
