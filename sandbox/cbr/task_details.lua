-- luacheck: std ngx_lua+luajit
--- extra_info of a task, by its kind.

local json = require "sandbox.json"
local tasks = require "sandbox.cbr.tasks"

local function of_backup(backup)
  return { id = backup.resource_id, name = backup.resource_name, type = backup.resource_type, extra_info = {} }
end

-- The mandatory field `resource` of a task that is about no resource.
local function none()
  return { id = "", name = "", type = "", extra_info = {} }
end

local EXTRA = {}

function EXTRA.replication(task, done)
  local backup = task.backup
  return {
    replication = {
      source_backup_id = backup.id, source_backup_name = backup.name, source_checkpoint_id = backup.checkpoint_id,
      source_project_id = backup.project_id, source_region = task.project.region,
      destination_project_id = task.destination_project_id, destination_region = task.destination_region,
      destination_backup_id = done and task.replica_id or nil,
      destination_checkpoint_id = done and task.replica_checkpoint_id or nil,
      destination_backup_name = done and (task.name or backup.name) or nil,
    },
    resource = of_backup(backup),
  }
end

function EXTRA.sync(task, done)
  return {
    sync = {
      sync_backup_num = done and task.counts.imported or 0, delete_backup_num = done and task.counts.removed or 0,
      err_sync_backup_num = done and task.counts.failed or 0,
    },
    resource = task.backup and of_backup(task.backup) or none(),
  }
end

EXTRA.import = EXTRA.sync

function EXTRA.backup(task)
  local backup, app_consistent = task.backup, task.app_consistent
  return {
    backup = {
      backup_id = backup.id, backup_name = backup.name, incremental = tostring(backup.incremental),
      app_consistency_status = app_consistent and "1" or "0", app_consistency_error_code = "",
      app_consistency_error_message = "",
    },
    resource = of_backup(backup),
  }
end

function EXTRA.delete(task)
  return {
    delete = { backup_id = task.backup.id, backup_name = task.backup.name }, resource = of_backup(task.backup),
  }
end

function EXTRA.restore(task)
  return {
    restore = {
      backup_id = task.backup.id, backup_name = task.backup.name, target_resource_id = task.target.id,
      target_resource_name = task.target.name,
    },
    resource = of_backup(task.backup),
  }
end

function EXTRA.vault_delete(task, done)
  return {
    vault_delete = { fail_count = 0, total_count = done and task.total or 0 }, resource = none(),
  }
end

function EXTRA.remove_resource(task, done)
  local resources = json.list()
  for i, resource in ipairs(task.removed) do
    resources[i] = { id = resource.id, name = resource.name, type = resource.type, extra_info = {} }
  end
  return {
    remove_resources = { fail_count = 0, total_count = done and #resources or 0, resources = resources },
    resource = none(),
  }
end

--- The details of a task; `ended`: whether it has ended. `common` is left to the caller.
return function(task, ended)
  return EXTRA[task.kind](task, ended and tasks.succeeds(task))
end
