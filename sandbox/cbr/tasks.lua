-- luacheck: std ngx_lua+luajit
--- The tasks of the service: each has a start, an end and a result in cloud time. What a response shows of a task is
-- computed from the cloud time of the read.

local clock = require "sandbox.clock"
local events = require "sandbox.cbr.events"
local ids = require "sandbox.ids"
local quirks = require "sandbox.faults.quirks"
local state = require "sandbox.state"

local tasks = {}

-- How long a task waits before it runs, in sandbox seconds. The service documents no durations.
tasks.QUEUED = 10

-- The percentage of an ended task, by the status of its result.
local LAST_PROGRESS = { success = 100, fail = 50, failed = 50, skip = 0, timeout = 50 }

--- → "waiting", "running" or "ended"; and the percentage
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

local finish_of = {} -- for each kind, what a task of this kind does when it ends

--- Sets what happens at the end of each task of a kind: `finish(task)`, whatever its result.
function tasks.on_end(kind, finish)
  finish_of[kind] = finish
end

--- Starts a task. `task`: kind, operation_type (default: the kind), project, vault_id, request_id, `seconds` (how long
-- it runs), and what its kind needs; `result` ({status, code, reason}; default: success); `begins` and `ends` in cloud
-- time where the fixtures fix them. → the task
function tasks.start(task)
  local now = clock.cloud_time()
  task.begins = task.begins or now + tasks.QUEUED
  task.ends = task.ends or task.begins + task.seconds
  task.created, task.ordered = clock.now(), math.min(now, task.begins)
  task.operation_type = task.operation_type or task.kind
  task.result = task.result or { status = "success" }
  task.vault = state.vaults[task.vault_id] -- responses show the vault's name even after the vault was deleted
  task.task_id, task.request_id = ids.uuid(), task.request_id or ids.hex32()
  task.late_tasks, task.late_records = quirks.of_call "late_tasks", quirks.of_call "late_records"
  events.insert(state.active, task, "ends")
  return state.add_task(task)
end

--- The tasks that wait or run. `matches(task)` selects some of them.
-- → the first one, or nil
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
