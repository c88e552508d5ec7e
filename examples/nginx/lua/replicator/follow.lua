--- Looks how far an order is, one look at a time: between two looks nothing is held but the record in Redis, so that
-- an old worker ends at once after a reload, and any other one goes on.

local metrics = require "replicator.metrics"
local record = require "replicator.record"

local follow = {}

local GROWTH, MOST = 1.2, 12 -- each pause between looks is longer, up to so many times the first
local SHOWN = 10 -- backups that failed, kept with the record

-- client:wait looks at once, and then ends for want of time: the next look would come after its timeout.
local function one_look(client, started, timeout)
  local seen
  local report, err = client:wait(started, {
    timeout = timeout, interval = 2 * timeout,
    on_progress = function(p) seen = p end,
  })
  return report, err, seen
end

local function summary(sum)
  return {
    percent = sum.percent, done = sum.done, total = sum.total, succeeded = sum.succeeded, failed = sum.failed,
    skipped = sum.skipped,
  }
end

local function failures(report)
  local list = {}
  for _, backup in ipairs(report.backups or { report }) do
    if backup.status == "failed" and #list < SHOWN then
      list[#list + 1] = { backup_id = backup.backup_id, code = backup.fail_code, reason = backup.fail_reason }
    end
  end
  return #list > 0 and list or nil
end

--- Looks once. -> what was seen: `state` where it is the end, `progress`, `error`
function follow.look(settings, client, it)
  local report, err, seen = one_look(client, it.started, settings.timeout)
  if report or err.kind == "task" then
    report = report or err.report
    return {
      state = err and "failed" or "done", progress = summary(report), failures = failures(report),
      error = err and record.brief(err),
      counts = { left_out = report.left_out and #report.left_out, imported = report.imported,
        removed = report.removed, not_imported = report.not_imported },
    }
  elseif err.kind == "timeout" and seen then
    return { progress = summary(seen) }
  end
  metrics.count("cbr_look_failures_total", { kind = err.kind })
  return { look_error = record.brief(err) }
end

-- A look that saw nothing must not set a bar back.
local function onward(before, now)
  if now.percent < before.percent then
    return before
  end
  return now
end

--- Writes what was seen.
function follow.enter(settings, db, it, before, change, now)
  it.look_error = change.look_error
  if change.state then
    it.progress, it.failures, it.counts, it.error = change.progress, change.failures, change.counts, change.error
    return record.finish(db, it, before, change.state, now)
  elseif now - it.ordered_at > settings.patience then
    it.error = { kind = "timeout", message = "the service has not ended it; it is followed no longer" }
    return record.finish(db, it, before, "failed", now)
  end
  it.progress = change.progress and onward(it.progress, change.progress) or it.progress
  it.pause = math.min(it.pause * GROWTH, settings.look * MOST)
  it.next_at = now + it.pause
  return record.save(db, it, before, now)
end

return follow
