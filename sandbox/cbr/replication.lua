-- luacheck: std ngx_lua+luajit
--- Replications and syncs: how long they take, and which backups and records they make.

local clock = require "sandbox.clock"
local events = require "sandbox.cbr.events"
local ids = require "sandbox.ids"
local quirks = require "sandbox.faults.quirks"
local state = require "sandbox.state"
local tasks = require "sandbox.cbr.tasks"

local replication = {}

-- Durations in sandbox seconds. The service documents no durations. With these values, the replication of a backup of
-- 40 GB takes 100 seconds.
local PER_BACKUP, PER_GB, SYNC_PER_BACKUP = 20, 2, 30

--- Whether responses show the replication record of a task yet.
function replication.is_recorded(task)
  return clock.cloud_time() >= task.ordered + (task.late_records or quirks.get "late_records")
end

tasks.on_end("replication", function(task)
  local source, target = task.backup, state.vaults[task.destination_vault_id]
  if not tasks.succeeds(task) or not target then
    return
  end
  state.add_backup {
    id = task.replica_id, checkpoint_id = task.replica_checkpoint_id, vault_id = target.id,
    name = task.name or source.name, description = task.description, size = source.size, image_type = "replication",
    provider_id = source.provider_id, resource_id = source.resource_id, resource_name = source.resource_name,
    resource_type = source.resource_type, contain_system_disk = source.contain_system_disk,
    auto_trigger = task.auto_trigger, source_created = source.created,
  }
end)

tasks.on_end("sync", function(task)
  local vault = state.vaults[task.vault_id]
  if not tasks.succeeds(task) or not vault then
    return
  end
  local list = state.backups_of[vault.id]
  for _ = 1, task.counts.removed do
    if list[1] then
      state.remove_backup(list[1])
    end
  end
  for n = 1, task.counts.imported do
    state.add_backup { vault_id = vault.id, size = 100, name = ("premises_%03d"):format(n) }
  end
end)

--- The megabytes that the waiting and running replications will add to a vault.
function replication.expected(vault_id)
  local sum = 0
  for _, task in ipairs(state.active) do
    if task.kind == "replication" and task.destination_vault_id == vault_id and tasks.succeeds(task) then
      sum = sum + task.backup.size * 1024
    end
  end
  return sum
end

--- Whether a backup is already in a region or is being copied there. A replication that failed or was skipped does not
-- count. `deleted_counts`: whether a replica that was deleted later still counts.
function replication.is_there(backup, region, deleted_counts)
  for _, task in ipairs(backup.replications) do
    if task.destination_region == region then
      if tasks.phase(task) ~= "ended" then
        return true
      end
      if tasks.succeeds(task) and (deleted_counts or state.backups[task.replica_id]) then
        return true
      end
    end
  end
  return false
end

--- Starts the replication of one backup. → the task of the replication
-- `order`: request_id, auto_trigger, destination_project_id, destination_region, destination_vault_id, project.
-- Optional: name and description of the replica, policy_id, and `begins` and `ends` in cloud time (used by fixtures).
function replication.start(backup, order)
  local task = {
    kind = "replication", backup = backup, vault_id = backup.vault_id, seconds = PER_BACKUP + PER_GB * backup.size,
    record_id = ids.uuid(), replica_id = ids.uuid(), replica_checkpoint_id = ids.uuid(),
    result = backup.replication_result,
  }
  for field, value in pairs(order) do task[field] = value end
  table.insert(backup.replications, task)
  return tasks.start(task)
end

--- Starts a sync of a hybrid vault. → the task of the sync
function replication.start_sync(vault, order)
  local counts = vault.on_premises or { imported = 0, removed = 0, failed = 0 }
  local task = tasks.start {
    kind = "sync", vault_id = vault.id, project = order.project, request_id = order.request_id, counts = counts,
    auto_trigger = order.auto_trigger, result = vault.sync_result, ends = order.ends,
    seconds = SYNC_PER_BACKUP * (1 + counts.imported + counts.removed + counts.failed),
  }
  -- If this sync succeeds, the next sync finds no new backup.
  if tasks.succeeds(task) then
    vault.on_premises = nil
  end
  return task
end

--- Restores the fixtures, with the replications and syncs that the fixtures describe as done or running.
function replication.reset()
  state.reset()
  local by_name = {}
  for _, vault in ipairs(state.vault_list) do by_name[vault.name] = vault end
  for _, vault in ipairs(state.vault_list) do
    local project = state.projects[vault.project_id]
    local target = by_name[vault.replicated_to or vault.replicating_to or ""]
    if target then
      for _, backup in ipairs(state.backups_of[vault.id]) do
        replication.start(backup, {
          request_id = ids.hex32(), auto_trigger = true, project = project,
          destination_project_id = target.project_id, destination_vault_id = target.id,
          destination_region = state.projects[target.project_id].region,
          begins = clock.cloud_time() - 60, ends = vault.replicating_to and math.huge or clock.cloud_time() - 1,
        })
      end
    end
    if vault.syncing then
      replication.start_sync(vault, {
        request_id = ids.hex32(), auto_trigger = true, project = project, ends = math.huge,
      })
    end
  end
  events.settle()
end

return replication
