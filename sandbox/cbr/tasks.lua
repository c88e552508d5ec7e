-- luacheck: std ngx_lua+luajit
--- The tasks of the service. Each task has a result, and a start and an end in cloud time. When a task is read, its
-- status and progress are computed from the cloud time of this moment.

local clock = require "sandbox.clock"
local events = require "sandbox.cbr.events"
local ids = require "sandbox.ids"
local quirks = require "sandbox.faults.quirks"
local state = require "sandbox.state"

local tasks = {}

-- Each task waits this many sandbox seconds before it runs. The service documents no durations.
tasks.QUEUED = 10

-- The progress that an ended task shows, in percent, by the status of its result.
local LAST_PROGRESS = { success = 100, fail = 50, failed = 50, skip = 0, timeout = 50 }

--- → the phase of a task ("waiting", "running" or "ended"), and the progress of the task in percent
function tasks.phase(task)
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
function tasks.is_result(status)
  return LAST_PROGRESS[status] ~= nil
end

function tasks.succeeds(task)
  return task.result.status == "success"
end

--- Whether responses show a task yet.
function tasks.is_listed(task)
  return clock.cloud_time() >= task.ordered + (task.late_tasks or quirks.get "late_tasks")
end

local finish_of = {} -- for each kind of task, the function that is called when such a task ends

--- Sets the function `finish(task)`, which is called at the end of each task of this kind, whatever the result is.
function tasks.on_end(kind, finish)
  finish_of[kind] = finish
end

--- Starts a task. `task`: kind, operation_type (default: the kind), project, vault_id, request_id, seconds (how long
-- the task runs), result ({status, code, reason}; default: success), and other fields that depend on the kind. Tasks of
-- the fixtures also have `begins` and `ends`, in cloud time. → the task
function tasks.start(task)
  local now = clock.cloud_time()
  task.begins = task.begins or now + tasks.QUEUED
  task.ends = task.ends or task.begins + task.seconds
  task.created, task.ordered = clock.now(), math.min(now, task.begins)
  task.operation_type = task.operation_type or task.kind
  task.result = task.result or { status = "success" }
  task.vault = state.vaults[task.vault_id] -- responses show the name of the vault even after its deletion
  task.task_id, task.request_id = ids.uuid(), task.request_id or ids.hex32()
  task.late_tasks, task.late_records = quirks.of_call "late_tasks", quirks.of_call "late_records"
  events.insert(state.active, task, "ends")
  return state.add_task(task)
end

--- Finds a task that waits or runs and for which `matches(task)` is true.
-- → the first such task, or nil
function tasks.find_active(matches)
  for _, task in ipairs(state.active) do
    if matches(task) then
      return task
    end
  end
end

--- Whether a task of this kind is waiting or running for a vault.
function tasks.busy(kind, vault_id)
  return tasks.find_active(function(task) return task.kind == kind and task.vault_id == vault_id end) ~= nil
end

events.source(function()
  local task = state.active[1]
  if task then
    return task.ends, function()
      table.remove(state.active, 1)
      local finish = finish_of[task.kind]
      if finish then
        finish(task)
      end
    end
  end
end)

return tasks
