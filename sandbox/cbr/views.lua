-- luacheck: std ngx_lua+luajit
--- Vaults, backups, replication records and tasks as responses show them: the fields of the API pages, and on Huawei
-- Cloud also fields that only recordings of the service show (see sandbox/cbr/recorded_fields.lua).

local clock = require "sandbox.clock"
local fixtures = require "sandbox.fixtures"
local json = require "sandbox.json"
local quirks = require "sandbox.faults.quirks"
local recorded_fields = require "sandbox.cbr.recorded_fields"
local replication = require "sandbox.cbr.replication"
local state = require "sandbox.state"
local task_details = require "sandbox.cbr.task_details"
local tasks = require "sandbox.cbr.tasks"

local views = {}

local null = json.null

local RECORD_STATUS = { waiting = "waiting_replicate", running = "replicating" }
local TASK_STATUS = { waiting = "waiting", running = "running" }
-- The names that tasks and replication records have for each status of a result.
local TASK_RESULT = { success = "success", fail = "failed", skip = "skipped", failed = "failed", timeout = "timeout" }
local RECORD_RESULT = { success = "success", fail = "fail", skip = "skip", failed = "fail", timeout = "fail" }

-- The vault's resources, with the number and the size of their backups.
local function resources_of(vault)
  local resources, by_id = json.list(), {}
  for i, resource in ipairs(vault.resources) do
    local view = {
      id = resource.id, name = resource.name, type = resource.type, size = resource.size,
      protect_status = resource.protect_status or "available", backup_size = 0, backup_count = 0,
      auto_protect = resource.auto_protect, extra_info = resource.extra_info,
    }
    resources[i], by_id[resource.id] = view, view
  end
  for _, backup in ipairs(state.backups_of[vault.id]) do
    local view = by_id[backup.resource_id]
    if view and backup.counted then
      view.backup_size = view.backup_size + backup.size * 1024
      view.backup_count = view.backup_count + 1
    end
  end
  return resources
end

-- The total size of the resources that a vault protects, in GB.
local function allocated(vault)
  local sum = 0
  if vault.protect_type == "backup" then
    for _, resource in ipairs(vault.resources) do sum = sum + resource.size end
  end
  return sum
end

--- A copy of a list of {key, value} tables, so that a change of the response does not change the vault.
function views.tags(tags)
  local list = json.list()
  for i, tag in ipairs(tags) do list[i] = { key = tag.key, value = tag.value } end
  return list
end

-- The user that made a vault. In the sandbox this is the user of the account.
local function user_of(project)
  local user = fixtures.users[project.account]
  return user and user.id or ""
end

function views.vault(vault, project)
  local view = {
    id = vault.id, name = vault.name, description = vault.description, project_id = vault.project_id,
    provider_id = vault.provider_id, user_id = user_of(project), created_at = clock.stamp(vault.created, project.cloud),
    enterprise_project_id = vault.enterprise_project_id, tags = views.tags(vault.tags), auto_bind = vault.auto_bind,
    bind_rules = vault.bind_rules and { tags = views.tags(vault.bind_rules) } or {},
    auto_expand = vault.auto_expand, smn_notify = vault.smn_notify, threshold = vault.threshold,
    locked = vault.locked, availability_zone = vault.availability_zone or "",
    sys_lock_source_service = vault.sys_lock_source_service or "", resources = resources_of(vault),
    billing = {
      allocated = vault.allocated or allocated(vault), charging_mode = vault.charging_mode,
      cloud_type = vault.cloud_type, consistent_level = vault.consistent_level, object_type = vault.object_type,
      order_id = json.or_null(vault.order_id), product_id = json.or_null(vault.product_id),
      protect_type = vault.protect_type, size = vault.size, spec_code = vault.spec_code, status = vault.status,
      storage_unit = null, used = vault.used, frozen_scene = null, is_multi_az = vault.is_multi_az or false,
    },
  }
  if project.cloud == "huawei" then
    recorded_fields.vault(view, vault)
  end
  return view
end

--- A vault's resources in the form that restore points have, where all values are text. `ids`: the set of the ids to
-- show; nil for all.
function views.checkpoint_resources(vault, ids)
  local resources = json.list()
  for _, resource in ipairs(resources_of(vault)) do
    resources[#resources + 1] = (not ids or ids[resource.id]) and {
      id = resource.id, type = resource.type, name = resource.name, protect_status = resource.protect_status,
      resource_size = tostring(resource.size), backup_size = tostring(resource.backup_size),
      backup_size_multiaz = "0", backup_count = tostring(resource.backup_count),
      auto_protect = resource.auto_protect and "True" or "False", extra_info = "{}",
    } or nil
  end
  return resources
end

function views.record(task)
  local phase, progress = tasks.phase(task)
  local result, backup = task.result, task.backup
  local ended = phase == "ended"
  local arrived = ended and result.status == "success"
  return {
    id = task.record_id, status = ended and RECORD_RESULT[result.status] or RECORD_STATUS[phase],
    source_backup_id = backup.id, source_checkpoint_id = backup.checkpoint_id,
    source_project_id = backup.project_id, source_region = task.project.region, vault_id = task.vault_id,
    destination_backup_id = arrived and task.replica_id or nil,
    destination_checkpoint_id = arrived and task.replica_checkpoint_id or nil,
    destination_project_id = task.destination_project_id, destination_region = task.destination_region,
    destination_vault_id = task.destination_vault_id,
    created_at = clock.stamp(task.created, task.project.cloud),
    extra_info = {
      progress = progress, auto_trigger = task.auto_trigger,
      destination_vault_id = task.destination_vault_id,
      fail_code = ended and result.code or nil, fail_reason = ended and result.reason or nil,
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

-- The value of created_at and protected_at of a backup. For a replica, the quirk replica_stamps decides whether
-- this is the time of the replica, the time of its source, or null.
local function stamp_of(backup, project)
  local form = backup.image_type == "replication" and quirks.get "replica_stamps" or "own"
  if form == "null" then
    return null
  end
  return clock.stamp(form == "source" and backup.source_created or backup.created, project.cloud)
end

--- A backup in the form that responses have. `call`: "list" or "single" if the call shows replication records, else
-- nil. Open Telekom Cloud never shows replication records.
function views.backup(backup, project, call)
  local stamp = stamp_of(backup, project)
  local view = {
    id = backup.id, name = backup.name, description = backup.description, status = backup.status,
    image_type = backup.image_type, checkpoint_id = backup.checkpoint_id, vault_id = backup.vault_id,
    parent_id = json.or_null(backup.parent_id), children = json.list(), resource_id = backup.resource_id,
    resource_name = backup.resource_name, resource_type = backup.resource_type, resource_size = backup.size,
    resource_az = backup.resource_az or "", provider_id = backup.provider_id, project_id = backup.project_id,
    created_at = stamp, updated_at = clock.stamp(backup.updated or backup.created, project.cloud),
    protected_at = stamp, expired_at = backup.expires and clock.stamp(backup.expires, project.cloud) or null,
    enterprise_project_id = "0",
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
    view.replication_records = json.list() -- this list is empty, although there may be records
  end
  if project.cloud == "huawei" then
    recorded_fields.backup(view)
  end
  return view
end

function views.task_status(task)
  local phase = tasks.phase(task)
  return TASK_STATUS[phase] or TASK_RESULT[task.result.status]
end

--- When a task last changed, by the server's clock.
function views.task_updated(task)
  local phase = tasks.phase(task)
  if phase == "ended" then
    return math.max(clock.server_time_of(task.ends), task.created)
  end
  if phase == "waiting" then
    return task.created
  end
  return clock.now()
end

function views.task(task)
  local project, vault = task.project, task.vault
  local phase, progress = tasks.phase(task)
  local ended = phase == "ended"
  local result = task.result
  local extra = task_details(task, ended)
  extra.common = {
    progress = progress, request_id = quirks.get "request_ids" and task.request_id or nil, task_id = task.task_id,
  }
  local updated = clock.stamp(views.task_updated(task), project.cloud)
  return {
    id = task.id, project_id = project.id, operation_type = task.operation_type,
    status = views.task_status(task), checkpoint_id = task.backup and task.backup.checkpoint_id or null,
    policy_id = json.or_null(task.policy_id), provider_id = vault.provider_id, vault_id = vault.id,
    vault_name = vault.name, created_at = clock.stamp(task.created, project.cloud),
    started_at = clock.stamp(task.created, project.cloud), updated_at = updated,
    ended_at = ended and updated or null,
    error_info = {
      code = ended and result.code or "", message = ended and (result.reason or "") or "",
    },
    extra_info = extra,
  }
end

return views
