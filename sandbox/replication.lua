-- luacheck: std ngx_lua+luajit
--- The tasks of replications and syncs: each has a start, an end and a result in cloud time. What a response shows of a
-- task is computed from the cloud time of the read.

local clock = require "sandbox.clock"
local ids = require "sandbox.ids"
local quirks = require "sandbox.quirks"
local state = require "sandbox.state"

local replication = {}

-- In sandbox seconds. The service documents no durations. With these, a backup of 40 GB takes 100 seconds.
local QUEUED, PER_BACKUP, PER_GB, SYNC_PER_BACKUP = 10, 20, 2, 30

-- The percentage of an ended task, by the status of its result.
local LAST_PROGRESS = { success = 100, fail = 50, failed = 50, skip = 0, timeout = 50 }

--- → "waiting", "running" or "ended"; and the percentage
function replication.phase(task)
  local now, last = clock.cloud_time(), LAST_PROGRESS[task.result.status]
  if now >= task.ends then
    return "ended", last
  end
  if now < task.begins then
    return "waiting", 0
  end
  if task.ends == math.huge then
    return "running", 37
  end
  return "running", math.floor(last * (now - task.begins) / (task.ends - task.begins))
end

--- Whether a result can have this status.
function replication.is_result(status)
  return LAST_PROGRESS[status] ~= nil
end

--- Whether responses show the replication record of a task yet.
function replication.is_recorded(task)
  return clock.cloud_time() >= task.ordered + (task.late_records or quirks.get "late_records")
end

--- Whether responses show a task yet.
function replication.is_listed(task)
  return clock.cloud_time() >= task.ordered + (task.late_tasks or quirks.get "late_tasks")
end

local function add_replica(task)
  local source = task.backup
  local target = state.vaults[task.destination_vault_id]
  state.add_backup {
    id = task.replica_id, checkpoint_id = task.replica_checkpoint_id, vault_id = target.id,
    name = source.name, size = source.size, image_type = "replication", provider_id = source.provider_id,
    resource_id = source.resource_id, resource_name = source.resource_name, resource_type = source.resource_type,
    contain_system_disk = source.contain_system_disk, auto_trigger = task.auto_trigger,
    created = clock.server_time_of(task.ends),
  }
end

local function finish_sync(task)
  local vault = state.vaults[task.vault_id]
  local list = state.backups_of[vault.id]
  for _ = 1, task.counts.removed do
    if list[1] then
      state.remove_backup(list[1])
    end
  end
  for n = 1, task.counts.imported do
    state.add_backup { vault_id = vault.id, size = 100, name = ("premises_%03d"):format(n),
      created = clock.server_time_of(task.ends) }
  end
end

--- Applies the effects of tasks that have ended to the vaults. Called before every read and every change.
function replication.settle()
  local active = {}
  local now = clock.cloud_time()
  for _, task in ipairs(state.active) do
    if task.ends > now then
      active[#active + 1] = task
    elseif task.kind == "sync" then
      if task.result.status == "success" then
        finish_sync(task)
      end
    elseif task.result.status == "success" then
      add_replica(task)
    end
  end
  state.active = active
end

--- Whether a task of this kind is waiting or running for a vault.
function replication.busy(kind, vault_id)
  for _, task in ipairs(state.active) do
    if task.kind == kind and task.vault_id == vault_id then
      return true
    end
  end
  return false
end

--- Megabytes that replications which are waiting or running will add to a vault.
function replication.expected(vault_id)
  local sum = 0
  for _, task in ipairs(state.active) do
    if task.kind == "replication" and task.destination_vault_id == vault_id
      and task.result.status == "success" then
      sum = sum + task.backup.size * 1024
    end
  end
  return sum
end

--- Whether a backup is in a region already or being copied there. After a failure or a skip it can be replicated again.
function replication.is_there(backup, region)
  for _, task in ipairs(backup.replications) do
    if task.destination_region == region
      and (replication.phase(task) ~= "ended" or task.result.status == "success") then
      return true
    end
  end
  return false
end

--- Starts the replication of one backup. → its task
-- `order`: request_id, auto_trigger, destination_project_id, destination_region, destination_vault_id, project; and
-- `begins` and `ends` in cloud time where the fixtures fix them.
function replication.start(backup, order)
  local now = clock.cloud_time()
  local begins = order.begins or now + QUEUED
  local task = {
    kind = "replication", backup = backup, vault_id = backup.vault_id,
    record_id = ids.uuid(), replica_id = ids.uuid(), replica_checkpoint_id = ids.uuid(),
    created = clock.now(), ordered = math.min(now, begins), begins = begins,
    ends = order.ends or begins + PER_BACKUP + PER_GB * backup.size,
    result = backup.replication_result or { status = "success" }, auto_trigger = order.auto_trigger,
    project = order.project, request_id = order.request_id, task_id = ids.uuid(), operation_type = "replication",
    destination_project_id = order.destination_project_id, destination_region = order.destination_region,
    destination_vault_id = order.destination_vault_id,
    late_tasks = quirks.of_call "late_tasks", late_records = quirks.of_call "late_records",
  }
  table.insert(backup.replications, task)
  table.insert(state.active, task)
  state.add_task(task)
  return task
end

--- Starts a sync of a hybrid vault. → its task
function replication.start_sync(vault, order)
  local counts = vault.on_premises or { imported = 0, removed = 0, failed = 0 }
  local result = vault.sync_result or { status = "success" }
  local begins = clock.cloud_time() + QUEUED
  local task = {
    kind = "sync", vault_id = vault.id, project = order.project, request_id = order.request_id, task_id = ids.uuid(),
    operation_type = "sync", created = clock.now(), ordered = begins - QUEUED, begins = begins, counts = counts,
    ends = order.ends or begins + SYNC_PER_BACKUP * (1 + counts.imported + counts.removed + counts.failed),
    result = result, auto_trigger = order.auto_trigger, late_tasks = quirks.of_call "late_tasks",
  }
  -- The next sync finds nothing new.
  if result.status == "success" then
    vault.on_premises = nil
  end
  table.insert(state.active, task)
  return state.add_task(task)
end

--- Restores the fixtures, with the replications and syncs that they say are done or running.
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
  replication.settle()
end

return replication
