-- luacheck: std ngx_lua+luajit
--- How vaults, backups, records and tasks look in answers: the fields of the API pages, neither more nor fewer.

local clock = require "sandbox.clock"
local json = require "sandbox.json"
local quirks = require "sandbox.quirks"
local replication = require "sandbox.replication"
local state = require "sandbox.state"

local views = {}

local null = json.null

local RECORD_STATUS = { waiting = "waiting_replicate", running = "replicating" }
local TASK_STATUS = { waiting = "waiting", running = "running" }
-- The same end has one word in a record and another in a task.
local TASK_END = { success = "success", fail = "failed", skip = "skipped", failed = "failed", timeout = "timeout" }
local RECORD_END = { success = "success", fail = "fail", skip = "skip", failed = "fail", timeout = "fail" }

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
  return {
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
end

function views.record(operation)
  local phase, progress = replication.phase(operation)
  local fate, backup = operation.fate, operation.backup
  local ended = phase == "ended"
  local arrived = ended and fate.status == "success"
  return {
    id = operation.record_id, status = ended and RECORD_END[fate.status] or RECORD_STATUS[phase],
    source_backup_id = backup.id, source_checkpoint_id = backup.checkpoint_id,
    source_project_id = backup.project_id, source_region = operation.project.region, vault_id = operation.vault_id,
    destination_backup_id = arrived and operation.replica_id or null,
    destination_checkpoint_id = arrived and operation.replica_checkpoint_id or null,
    destination_project_id = operation.destination_project_id, destination_region = operation.destination_region,
    destination_vault_id = operation.destination_vault_id,
    created_at = clock.stamp(operation.created, operation.project.cloud),
    extra_info = {
      progress = progress, auto_trigger = operation.auto_trigger,
      destination_vault_id = operation.destination_vault_id,
      fail_code = ended and json.or_null(fate.code) or null, fail_reason = ended and json.or_null(fate.reason) or null,
    },
  }
end

-- The records that there are by now, or nil where this cloud, or this call, shows none.
local function records_of(backup, project, asked)
  if project.cloud ~= "huawei" or not quirks.get "records" then return nil end
  if asked == "list" and not quirks.get "records_in_list" then return nil end
  local records = json.list()
  for _, operation in ipairs(backup.replications) do
    if replication.is_recorded(operation) then records[#records + 1] = views.record(operation) end
  end
  return records
end

--- `asked`: "list" or "single" where replication_records are asked for; Open Telekom Cloud never shows them.
function views.backup(backup, project, asked)
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
  view.replication_records = asked and records_of(backup, project, asked) or nil
  return view
end

local EXTRA = {}

function EXTRA.replication(operation, ended)
  local backup = operation.backup
  local arrived = ended and operation.fate.status == "success"
  return {
    replication = {
      source_backup_id = backup.id, source_backup_name = backup.name, source_checkpoint_id = backup.checkpoint_id,
      source_project_id = backup.project_id, source_region = operation.project.region,
      destination_project_id = operation.destination_project_id, destination_region = operation.destination_region,
      destination_backup_id = arrived and operation.replica_id or null,
      destination_checkpoint_id = arrived and operation.replica_checkpoint_id or null,
      destination_backup_name = arrived and backup.name or null,
    },
    resource = { id = backup.resource_id, name = backup.resource_name, type = backup.resource_type, extra_info = null },
  }
end

function EXTRA.sync(operation, ended)
  local done = ended and operation.outcome == "success"
  return {
    sync = {
      sync_backup_num = done and operation.counts.arrived or 0, delete_backup_num = done and operation.counts.gone or 0,
      err_sync_backup_num = done and operation.counts.broken or 0,
    },
    resource = { id = "", name = "", type = "", extra_info = null },
  }
end

function views.task_status(operation)
  local phase = replication.phase(operation)
  return TASK_STATUS[phase] or TASK_END[operation.fate.status]
end

--- The last moment anything happened to an operation, in server time.
function views.task_updated(operation)
  local phase = replication.phase(operation)
  if phase == "ended" then return math.max(clock.server_time_of(operation.ends), operation.created) end
  if phase == "waiting" then return operation.created end
  return clock.now()
end

function views.task(operation)
  local project, vault = operation.project, state.vaults[operation.vault_id]
  local phase, progress = replication.phase(operation)
  local ended = phase == "ended"
  local fate = operation.fate
  local extra = EXTRA[operation.kind](operation, ended)
  extra.common = { progress = progress, request_id = operation.request_id, task_id = operation.task_id }
  local updated = clock.stamp(views.task_updated(operation), project.cloud)
  return {
    id = operation.id, project_id = project.id, operation_type = operation.operation_type,
    status = views.task_status(operation), checkpoint_id = operation.backup and operation.backup.checkpoint_id or null,
    policy_id = null, provider_id = vault.provider_id, vault_id = vault.id, vault_name = vault.name,
    created_at = clock.stamp(operation.created, project.cloud),
    started_at = clock.stamp(operation.created, project.cloud), updated_at = updated,
    ended_at = ended and updated or null,
    error_info = {
      code = ended and fate.code or "", message = ended and (fate.reason or "") or "",
    },
    extra_info = extra,
  }
end

return views
