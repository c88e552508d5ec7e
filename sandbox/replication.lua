-- luacheck: std ngx_lua+luajit
--- Replications and syncs on their way: each is a start, an end and a fate in the cloud's own time,
-- and what anyone sees of it is computed from the time of looking.

local clock = require "sandbox.clock"
local ids = require "sandbox.ids"
local quirks = require "sandbox.quirks"
local state = require "sandbox.state"

local replication = {}

-- Sandbox seconds. The service documents no durations; these make a 40 GB backup take 100.
local QUEUE, PER_BACKUP, PER_GB, SYNC_PER_BACKUP = 10, 20, 2, 30

-- The percentage at which an operation comes to its end.
local LAST_PROGRESS = { success = 100, fail = 50, failed = 50, skip = 0, timeout = 50 }

--- Where an operation is: "waiting", "running" or "ended", and its percentage.
function replication.phase(operation)
  local now, last = clock.pace(), LAST_PROGRESS[operation.fate.status]
  if now >= operation.ends then return "ended", last end
  if now < operation.begins then return "waiting", 0 end
  if operation.ends == math.huge then return "running", 37 end
  return "running", math.floor(last * (now - operation.begins) / (operation.ends - operation.begins))
end

--- Whether an end of this name is known.
function replication.is_fate(status)
  return LAST_PROGRESS[status] ~= nil
end

--- Whether an operation's record shows yet.
function replication.is_recorded(operation)
  return clock.pace() >= operation.ordered + quirks.get "late_records"
end

--- Whether an operation is in the list of tasks yet.
function replication.is_listed(operation)
  return clock.pace() >= operation.ordered + quirks.get "late_tasks"
end

local function land_replica(operation)
  local source = operation.backup
  local target = state.vaults[operation.destination_vault_id]
  state.add_backup {
    id = operation.replica_id, checkpoint_id = operation.replica_checkpoint_id, vault_id = target.id,
    name = source.name, size = source.size, image_type = "replication", provider_id = source.provider_id,
    resource_id = source.resource_id, resource_name = source.resource_name, resource_type = source.resource_type,
    contain_system_disk = source.contain_system_disk, auto_trigger = operation.auto_trigger,
    created = clock.server_time_of(operation.ends),
  }
end

local function land_sync(operation)
  local vault = state.vaults[operation.vault_id]
  local held = state.backups_of[vault.id]
  for _ = 1, operation.counts.gone do
    if held[1] then state.remove_backup(held[1]) end
  end
  for n = 1, operation.counts.arrived do
    state.add_backup { vault_id = vault.id, size = 100, name = ("premises_%03d"):format(n),
      created = clock.server_time_of(operation.ends) }
  end
end

--- Lets everything that has ended by now take its effect on the vaults. Called before anything is looked at.
function replication.settle()
  local still = {}
  local now = clock.pace()
  for _, operation in ipairs(state.active) do
    if operation.ends > now then
      still[#still + 1] = operation
    elseif operation.kind == "sync" then
      if operation.outcome == "success" then land_sync(operation) end
    elseif operation.fate.status == "success" then
      land_replica(operation)
    end
  end
  state.active = still
end

--- Whether something of this kind is on its way for a vault.
function replication.busy(kind, vault_id)
  for _, operation in ipairs(state.active) do
    if operation.kind == kind and operation.vault_id == vault_id then return true end
  end
  return false
end

--- Megabytes that replicas still on their way will take in a vault.
function replication.expected(vault_id)
  local sum = 0
  for _, operation in ipairs(state.active) do
    if operation.kind == "replication" and operation.destination_vault_id == vault_id
      and operation.fate.status == "success" then
      sum = sum + operation.backup.size * 1024
    end
  end
  return sum
end

--- Whether a backup is in a region already or on its way there. One that failed or was skipped may go again.
function replication.is_there(backup, region)
  for _, operation in ipairs(backup.replications) do
    if operation.destination_region == region
      and (replication.phase(operation) ~= "ended" or operation.fate.status == "success") then
      return true
    end
  end
  return false
end

--- Starts one backup's way to another region. → the operation; its task is in the log from now on.
-- `order`: request_id, auto_trigger, destination_project_id, destination_region, destination_vault_id, project;
-- and `begins`/`ends` where the world wants them fixed.
function replication.start(backup, order)
  local now = clock.pace()
  local begins = order.begins or now + QUEUE
  local operation = {
    kind = "replication", backup = backup, vault_id = backup.vault_id,
    record_id = ids.uuid(), replica_id = ids.uuid(), replica_checkpoint_id = ids.uuid(),
    created = clock.now(), ordered = math.min(now, begins), begins = begins,
    ends = order.ends or begins + PER_BACKUP + PER_GB * backup.size,
    fate = backup.fate or { status = "success" }, auto_trigger = order.auto_trigger,
    project = order.project, request_id = order.request_id, task_id = ids.uuid(), operation_type = "replication",
    destination_project_id = order.destination_project_id, destination_region = order.destination_region,
    destination_vault_id = order.destination_vault_id,
  }
  table.insert(backup.replications, operation)
  table.insert(state.active, operation)
  state.add_task(operation)
  return operation
end

--- Starts a sync of a hybrid vault with what its premises hold.
function replication.start_sync(vault, order)
  local found = vault.premises or { arrived = 0, gone = 0, broken = 0 }
  local fate = vault.sync_fate or { status = "success" }
  local begins = clock.pace() + QUEUE
  local operation = {
    kind = "sync", vault_id = vault.id, project = order.project, request_id = order.request_id, task_id = ids.uuid(),
    operation_type = "sync", created = clock.now(), ordered = begins - QUEUE, begins = begins, counts = found,
    ends = order.ends or begins + SYNC_PER_BACKUP * (1 + found.arrived + found.gone + found.broken),
    outcome = fate.status, fate = fate, auto_trigger = order.auto_trigger,
  }
  -- What one sync takes in, the next no longer finds.
  if fate.status == "success" then vault.premises = nil end
  table.insert(state.active, operation)
  return state.add_task(operation)
end

--- The world as new, with what it says is there already or under way.
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
          begins = clock.pace() - 60, ends = vault.replicating_to and math.huge or clock.pace() - 1,
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
