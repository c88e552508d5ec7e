--- Follows an accepted order, one poll at a time. Between two polls, only the record in Redis is kept. So after a
-- reload, an old worker can end at once, and any other worker continues.

local metrics = require "replicator.metrics"
local records = require "replicator.records"

local follow = {}

local INTERVAL_GROWTH, MAX_INTERVALS = 1.2, 12 -- each pause is 1.2 times the last one, and at most 12 poll_intervals
local MAX_FAILURES = 10 -- at most this many failed backups are kept in the record

-- Lets client:wait poll only once: it polls at once, and its second poll would come after the timeout.
local function poll_once(settings, started)
  local progress
  local report, err = settings.client:wait(started, {
    timeout = settings.timeout, interval = 2 * settings.timeout,
    on_progress = function(p) progress = p end,
  })
  return report, err, progress
end

local function summary(progress)
  return {
    percent = progress.percent, done = progress.done, total = progress.total, succeeded = progress.succeeded,
    failed = progress.failed, skipped = progress.skipped,
  }
end

local function failures_of(report)
  local failures = {}
  for _, backup in ipairs(report.backups or { report }) do
    if backup.status == "failed" and #failures < MAX_FAILURES then
      failures[#failures + 1] = { backup_id = backup.backup_id, code = backup.fail_code, reason = backup.fail_reason }
    end
  end
  return #failures > 0 and failures or nil
end

--- Polls an order once.
---@param settings table
---@param record table in state in_progress
---@return table change new fields of the record: `state` if the order has ended, `progress`, `failures`, `counts` and
-- `error`; or only `poll_error` if the poll failed
function follow.poll(settings, record)
  local report, err, progress = poll_once(settings, record.started)
  if report or err.kind == "task" then
    report = report or err.report
    return {
      state = err and "failed" or "done", progress = summary(report), failures = failures_of(report),
      error = err and records.brief(err),
      counts = { left_out = report.left_out and #report.left_out, imported = report.imported,
        removed = report.removed, not_imported = report.not_imported },
    }
  elseif err.kind == "timeout" and progress then
    return { progress = summary(progress) }
  end
  metrics.count("cbr_poll_failures_total", { kind = err.kind })
  return { poll_error = records.brief(err) }
end

--- Writes the result of a poll.
---@param db table
---@param entry table a record and its text in Redis: see records.lua
---@param change table what `poll` returned
---@return "done"|"moved"|"busy"|"lost" outcome see methods:move in store.lua
function follow.write(db, entry, change)
  local record, settings, now = entry.record, db.settings, db:now()
  record.poll_error = change.poll_error
  if change.state then
    record.progress, record.failures, record.counts = change.progress, change.failures, change.counts
    record.error = change.error
    return records.finish(db, entry, change.state)
  elseif now - record.ordered_at > settings.follow_time then
    record.error = { kind = "timeout", message = "the run did not end within follow_time" }
    return records.finish(db, entry, "failed")
  end
  local progress = change.progress
  if progress and progress.percent >= record.progress.percent then -- progress never goes back
    record.progress = progress
  end
  record.pause = math.min(record.pause * INTERVAL_GROWTH, settings.poll_interval * MAX_INTERVALS)
  record.next_at = now + record.pause
  return records.save(db, entry)
end

return follow
