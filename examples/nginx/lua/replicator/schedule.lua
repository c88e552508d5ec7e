--- The schedule: on each tick, one worker of this host finds the records that are due and starts a step for each.

local advance = require "replicator.advance"
local copies = require "replicator.copies"
local notices = require "replicator.notices"
local overview = require "replicator.overview"
local record_result = require "replicator.record_result"
local status = require "replicator.status"
local store = require "replicator.store"

local schedule = {}

local shared = ngx.shared.cbr_state
local LEADER_TICKS = 3 -- another worker leads when the leader has not ticked for this many ticks

-- Whether this worker leads its host. It stays the leader as long as it calls this function on each tick.
local function is_leader(settings)
  local pid, seconds = ngx.worker.pid(), LEADER_TICKS * settings.tick
  if shared:add("leader", pid, seconds) then
    return true
  elseif shared:get "leader" == pid then
    shared:set("leader", pid, seconds)
    return true
  end
  return false
end

-- Lets another worker lead. After a reload, that worker has the new settings.
local function resign()
  if shared:get "leader" == ngx.worker.pid() then
    shared:delete "leader"
  end
end

-- Logs why a step or tick failed. A failure of Redis is only a warning: the work continues when Redis is back.
local function log_failure(subject, reason)
  local redis_reason = type(reason) == "table" and reason.redis
  ngx.log(redis_reason and ngx.WARN or ngx.ERR, "cbr: ", subject, ": ", redis_reason or tostring(reason))
end

local function run_step(premature, settings, record)
  if not premature then
    local ok, reason = pcall(advance, settings, record)
    if not ok then
      log_failure(record.key, reason)
    end
  end
  shared:delete("step:" .. record.vault_id)
end

local function start_step(settings, record)
  local mark = "step:" .. record.vault_id
  if not shared:add(mark, true, settings.lock) then -- this key expires, because this worker may be killed
    return
  end
  local ok, reason = ngx.timer.at(0, run_step, settings, record)
  if not ok then
    shared:delete(mark)
    ngx.log(ngx.ERR, "cbr: no timer for ", record.key, ": ", reason)
  end
end

local function ask_for_copies(premature, settings)
  if not premature then
    local ok, reason = pcall(copies.ask, settings)
    if not ok then
      log_failure("copies", reason)
    end
  end
  shared:delete "asks for copies"
end

local function start_survey(settings)
  -- This key expires, because this worker may be killed.
  if shared:add("asks for copies", true, settings.survey_interval)
    and not ngx.timer.at(0, ask_for_copies, settings) then
    shared:delete "asks for copies"
  end
end

local function send_notice(premature, settings, key)
  if not premature then
    local ok, reason = pcall(notices.send, settings, key)
    if not ok then
      log_failure("notice of " .. key, reason)
    end
  end
end

local function start_due_steps(settings)
  record_result.write_unsaved(settings)
  local seen, reason = store.use(settings, overview.read)
  status.publish(settings, seen, reason)
  if not seen then
    return -- without Redis, nobody knows which orders are claimed, so nothing is ordered
  end
  for _, record in ipairs(overview.due(settings, seen)) do
    start_step(settings, record)
  end
  for _, key in ipairs(seen.notices) do
    ngx.timer.at(0, send_notice, settings, key) -- if there is no timer, the next tick sends the notice
  end
  if copies.are_due(settings, seen) then
    start_survey(settings)
  end
end

--- Starts the schedule in a worker.
---@param settings table
function schedule.start(settings)
  local function tick(premature)
    if premature or ngx.worker.exiting() then
      return resign()
    end
    if is_leader(settings) then
      local ok, reason = pcall(start_due_steps, settings)
      if not ok then
        log_failure("schedule", reason)
      end
    end
    if not ngx.timer.at(settings.tick, tick) then
      resign() -- the worker is exiting
    end
  end
  assert(ngx.timer.at(0, tick))
end

return schedule
