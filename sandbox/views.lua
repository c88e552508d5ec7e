-- luacheck: std ngx_lua+luajit
--- Vaults, backups, replication records and tasks as responses show them: the fields of the API pages, and on Huawei
-- Cloud those that recordings of the service show beside them (see sandbox/recorded_fields.lua).

local clock = require "sandbox.clock"
local json = require "sandbox.json"
local quirks = require "sandbox.quirks"
local recorded_fields = require "sandbox.recorded_fields"
local replication = require "sandbox.replication"
local state = require "sandbox.state"

local views = {}

local null = json.null

local RECORD_STATUS = { waiting = "waiting_replicate", running = "replicating" }
local TASK_STATUS = { waiting = "waiting", running = "running" }
-- Status of a result → the word for it in a task and in a record.
local TASK_RESULT = { success = "success", fail = "failed", skip = "skipped", failed = "failed", timeout = "timeout" }
local RECORD_RESULT = { success = "success", fail = "fail", skip = "skip", failed = "fail", timeout = "fail" }

function views.vault(vault, project)
  local resources = json.list()
  local seen = {}
  for _, backup in ipairs(state.backups_of[vault.id]) do
    local resource = seen[backup.resource_id]
    if not resource then
      resource = {
        id = backup.resource_id, name = backup.resource_name, type = backup.resource_type, size = backup.size,
        protect_status = "available", backup_size = 0, backup_count = 0, auto_protect = true, extra_info = {},
      }
      seen[backup.resource_id] = resource
      resources[#resources + 1] = resource
    end
    resource.backup_size = resource.backup_size + backup.size * 1024
    resource.backup_count = resource.backup_count + 1
  end
  local view = {
    id = vault.id, name = vault.name, description = vault.description, project_id = vault.project_id,
    provider_id = vault.provider_id, user_id = null, created_at = clock.stamp(vault.created, project.cloud),
    enterprise_project_id = "0", tags = json.list(), auto_bind = false, bind_rules = null, auto_expand = false,
    smn_notify = true, threshold = 80, locked = vault.status == "lock", availability_zone = null,
    sys_lock_source_service = null, resources = resources,
    billing = {
      allocated = vault.allocated or 0, charging_mode = vault.charging_mode, cloud_type = vault.cloud_type,
      consistent_level = vault.consistent_level, object_type = vault.object_type, order_id = null, product_id = null,
      protect_type = vault.protect_type, size = vault.size, spec_code = vault.spec_code, status = vault.status,
      storage_unit = null, used = vault.used, frozen_scene = null, is_multi_az = false,
    },
  }
  if project.cloud == "huawei" then
    recorded_fields.vault(view, project)
  end
  return view
end

--- A vault's resources as its restore points show them: everything is text.
function views.checkpoint_resources(vault, project)
  local resources = views.vault(vault, project).resources
  for i, resource in ipairs(resources) do
    resources[i] = {
      id = resource.id, type = resource.type, name = resource.name, protect_status = resource.protect_status,
      resource_size = tostring(resource.size), backup_size = tostring(resource.backup_size),
      backup_size_multiaz = "0", backup_count = tostring(resource.backup_count), auto_protect = "True",
      extra_info = "{}",
    }
  end
  return resources
end

function views.record(task)
  local phase, progress = replication.phase(task)
  local result, backup = task.result, task.backup
  local ended = phase == "ended"
  local arrived = ended and result.status == "success"
  return {
    id = task.record_id, status = ended and RECORD_RESULT[result.status] or RECORD_STATUS[phase],
    source_backup_id = backup.id, source_checkpoint_id = backup.checkpoint_id,
    source_project_id = backup.project_id, source_region = task.project.region, vault_id = task.vault_id,
    destination_backup_id = arrived and task.replica_id or null,
    destination_checkpoint_id = arrived and task.replica_checkpoint_id or null,
    destination_project_id = task.destination_project_id, destination_region = task.destination_region,
    destination_vault_id = task.destination_vault_id,
    created_at = clock.stamp(task.created, task.project.cloud),
    extra_info = {
      progress = progress, auto_trigger = task.auto_trigger,
      destination_vault_id = task.destination_vault_id,
      fail_code = ended and json.or_null(result.code) or null,
      fail_reason = ended and json.or_null(result.reason) or null,
    },
  }
end

-- The records to show, or nil if this cloud or this call shows none.
local function records_of(backup, project, call)
  if project.cloud ~= "huawei" or not quirks.get "records" then
    return nil
  end
  if call == "list" and not quirks.get "records_in_list" then
    return nil
  end
  local records = json.list()
  for _, task in ipairs(backup.replications) do
    if replication.is_recorded(task) then
      records[#records + 1] = views.record(task)
    end
  end
  return records
end

--- `call`: "list" or "single" if replication records are to be shown, else nil. Open Telekom Cloud never shows them.
function views.backup(backup, project, call)
  local stamp = clock.stamp(backup.created, project.cloud)
  local view = {
    id = backup.id, name = backup.name, description = backup.description, status = backup.status,
    image_type = backup.image_type, checkpoint_id = backup.checkpoint_id, vault_id = backup.vault_id,
    parent_id = json.or_null(backup.parent_id), children = json.list(), resource_id = backup.resource_id,
    resource_name = backup.resource_name, resource_type = backup.resource_type, resource_size = backup.size,
    resource_az = json.or_null(backup.resource_az), provider_id = backup.provider_id, project_id = backup.project_id,
    created_at = stamp, updated_at = stamp, protected_at = stamp, expired_at = null, enterprise_project_id = "0",
    incremental = backup.incremental or false, version = 3,
    extend_info = {
      auto_trigger = backup.auto_trigger, bootable = backup.contain_system_disk, progress = null,
      contain_system_disk = backup.contain_system_disk, encrypted = false, system_disk = false, snapshot_id = null,
      support_lld = true, supported_restore_mode = "backup", os_images_data = json.list(), is_multi_az = false,
    },
  }
  if call then
    view.replication_records = records_of(backup, project, call)
  elseif project.cloud == "huawei" and quirks.get "records" then
    view.replication_records = json.list() -- empty though there may be records
  end
  if project.cloud == "huawei" then
    recorded_fields.backup(view)
  end
  return view
end

local EXTRA = {}

function EXTRA.replication(task, ended)
  local backup = task.backup
  local arrived = ended and task.result.status == "success"
  return {
    replication = {
      source_backup_id = backup.id, source_backup_name = backup.name, source_checkpoint_id = backup.checkpoint_id,
      source_project_id = backup.project_id, source_region = task.project.region,
      destination_project_id = task.destination_project_id, destination_region = task.destination_region,
      destination_backup_id = arrived and task.replica_id or null,
      destination_checkpoint_id = arrived and task.replica_checkpoint_id or null,
      destination_backup_name = arrived and backup.name or null,
    },
    resource = { id = backup.resource_id, name = backup.resource_name, type = backup.resource_type, extra_info = null },
  }
end

function EXTRA.sync(task, ended)
  local done = ended and task.result.status == "success"
  return {
    sync = {
      sync_backup_num = done and task.counts.imported or 0, delete_backup_num = done and task.counts.removed or 0,
      err_sync_backup_num = done and task.counts.failed or 0,
    },
    resource = { id = "", name = "", type = "", extra_info = null },
  }
end

function views.task_status(task)
  local phase = replication.phase(task)
  return TASK_STATUS[phase] or TASK_RESULT[task.result.status]
end

--- When a task last changed, by the server's clock.
function views.task_updated(task)
  local phase = replication.phase(task)
  if phase == "ended" then
    return math.max(clock.server_time_of(task.ends), task.created)
  end
  if phase == "waiting" then
    return task.created
  end
  return clock.now()
end

function views.task(task)
  local project, vault = task.project, state.vaults[task.vault_id]
  local phase, progress = replication.phase(task)
  local ended = phase == "ended"
  local result = task.result
  local extra = EXTRA[task.kind](task, ended)
  extra.common = { progress = progress, request_id = task.request_id, task_id = task.task_id }
  local updated = clock.stamp(views.task_updated(task), project.cloud)
  return {
    id = task.id, project_id = project.id, operation_type = task.operation_type,
    status = views.task_status(task), checkpoint_id = task.backup and task.backup.checkpoint_id or null,
    policy_id = null, provider_id = vault.provider_id, vault_id = vault.id, vault_name = vault.name,
    created_at = clock.stamp(task.created, project.cloud),
    started_at = clock.stamp(task.created, project.cloud), updated_at = updated,
    ended_at = ended and updated or null,
    error_info = {
      code = ended and result.code or "", message = ended and (result.reason or "") or "",
    },
    extra_info = extra,
  }
end

return views
