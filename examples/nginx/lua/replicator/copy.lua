--- Advances the run of a slot by one step, which is a call of dr.replicate for a few seconds. dr.replicate orders only
-- the missing copies, backup by backup, and notes each order in Redis before it sends the order. So any worker of any
-- host can make the next step, even after this worker was killed.

local dr = require "cbr.dr"
local lock = require "replicator.lock"
local records = require "replicator.records"
local store = require "replicator.store"

local copy = {}

local INTERVAL_GROWTH, MAX_INTERVALS = 1.2, 12 -- each pause is 1.2 times the last one, and at most 12 poll_intervals
local MAX_FAILURES = 10 -- at most this many failed copies are kept in the record

local OPEN = { in_progress = true, not_started = true, unknown = true, missing = true }
local FAILED = { failed = true, unread = true }
local NOTHING_TO_COPY = { no_backup = true, not_replicable = true } -- statuses of rows without a copy to make
-- The kinds of errors after which the same slot tries again. A copy that began and then failed has no kind.
local TEMPORARY = { connect = true, timeout = true, network = true, throttled = true, busy = true }

local function key_of(row)
  return ("%s %s"):format(row.backup_id or row.resource_id or row.vault_id or "", row.destination_region or "")
end

-- The fields of a row that the record keeps.
local function kept_row(row, before)
  local kept = {
    key = key_of(row), status = row.status == "there" and "success" or row.status, region = row.destination_region,
    backup_id = row.backup_id, backup_name = row.backup_name, resource = row.resource_name or row.resource_id,
    progress = row.progress, code = row.error_code, reason = row.message or row.reason, error_kind = row.error_kind,
  }
  if row.reason == "already_tried" and before then
    kept.code, kept.reason = row.error_code or before.code, row.message or before.reason
  end
  return kept
end

-- Joins the rows of a step to the rows of earlier steps. Copies that existed before the run are not kept. If the step
-- is not over (`is_partial`), it has not shown all rows yet, so the earlier rows that it has not shown are kept.
local function merge(before, rows, is_partial)
  local known, is_shown, kept = {}, {}, {}
  for _, one in ipairs(before or {}) do
    known[one.key] = one
  end
  for _, row in ipairs(rows) do
    local key = key_of(row)
    is_shown[key] = true
    if not NOTHING_TO_COPY[row.status] and (row.status ~= "there" or known[key]) then
      kept[#kept + 1] = kept_row(row, known[key])
    end
  end
  for _, one in ipairs(before or {}) do
    -- A row that has ended and is no longer shown: the rule has stopped selecting its backup.
    local has_ended = not OPEN[one.status] and one.status ~= "unread"
    if not is_shown[one.key] and (is_partial or has_ended) then
      kept[#kept + 1] = one
    end
  end
  return kept
end

local function count(kept, is_counted)
  local found = 0
  for _, one in ipairs(kept) do
    found = found + (is_counted(one) and 1 or 0)
  end
  return found
end

-- Sums up the rows of a run. `waiting` is the number of copies that have not begun.
local function summary(kept, waiting)
  local function with(status)
    return count(kept, function(one) return one.status == status end)
  end
  local open, share = 0, 0
  for _, one in ipairs(kept) do
    open = open + (OPEN[one.status] and 1 or 0)
    share = share + (OPEN[one.status] and tonumber(one.progress) or 0)
  end
  local unread, total = with "unread", #kept - with "unread" + waiting
  local done = #kept - open - unread
  return {
    total = total, done = done, succeeded = with "success", failed = with "failed", skipped = with "skipped",
    percent = total > 0 and math.floor((100 * done + share) / total) or 0,
  }
end

local function failures_of(kept)
  local failures = {}
  for _, one in ipairs(kept) do
    if (FAILED[one.status] or one.status == "unknown") and #failures < MAX_FAILURES then
      failures[#failures + 1] = {
        status = one.status, backup_id = one.backup_id, backup_name = one.backup_name, resource = one.resource,
        region = one.region, code = one.code, reason = one.reason,
      }
    end
  end
  return #failures > 0 and failures or nil
end

-- Whether every failure is temporary. Then each failed copy was certainly not ordered, or its state could not be read.
local function is_temporary(kept)
  for _, one in ipairs(kept) do
    if FAILED[one.status] and not TEMPORARY[one.error_kind or ""] then
      return false
    end
  end
  return true
end

-- Returns a function for `on_progress`, which writes the progress during a step.
local function progress_of(settings, entry)
  local record, rows, numbers, is_busy, last = entry.record, {}, {}, false, ngx.now()
  return function(progress)
    if progress.phase == "copies" and progress.row then
      local key = key_of(progress.row)
      numbers[key] = numbers[key] or #rows + 1
      rows[numbers[key]] = progress.row
    end
    local elapsed = ngx.now() - last -- negative if the host's clock was set back
    if is_busy or elapsed >= 0 and elapsed < settings.poll_interval then
      return
    end
    is_busy, last = true, ngx.now()
    local waiting = #rows > 0 and (progress.total or #rows) - #rows or 0
    record.progress = summary(merge(record.copies, rows, true), waiting)
    store.use(settings, function(db) return records.save(db, entry) end)
    is_busy = false
  end
end

-- The parameters of dr.replicate.
local function parameters(settings, entry)
  local record, params = entry.record, {}
  for name, value in pairs(record.params) do
    params[name] = value
  end
  -- Only the record tells that a run has ended. A worker can be killed before it writes this, and a slot can be
  -- retried. The later steps then belong to the same run.
  params.run, params.keep_open = ngx.md5(record.key), true
  params.vault_ids, params.store = { record.vault_id }, lock.store(settings, record.vault_id, entry.owner)
  params.timeout, params.interval = settings.step, settings.poll_interval
  params.on_progress = progress_of(settings, entry)
  return params
end

local UNCERTAIN = "an order may have been accepted, and a search cannot tell. The next slot searches for it again"

local NO_BACKUP = "no resource of the vault has a complete backup: its backups may have stopped"

-- Ends a run in which nothing is in progress any more.
local function finish(db, entry, now)
  local record, settings = entry.record, db.settings
  local kept, retry_at = record.copies, now + settings.retry_pause
  if count(kept, function(one) return FAILED[one.status] end) == 0 then
    return records.finish(db, entry, #kept > 0 and "done" or "nothing")
  elseif is_temporary(kept) and retry_at < record.until_at then
    record.state, record.next_at = "retry", retry_at
    return records.save(db, entry)
  end
  return records.finish(db, entry, "failed")
end

-- Writes what a step has shown.
local function write(db, entry, report)
  local record, settings, now = entry.record, db.settings, db:now()
  record.copies = merge(record.copies, report.rows)
  record.progress, record.failures = summary(record.copies, 0), failures_of(record.copies)
  local open = count(record.copies, function(one) return OPEN[one.status] end)
  local unknown = count(record.copies, function(one) return one.status == "unknown" end)
  record.unknown_since = unknown > 0 and (record.unknown_since or now) or nil
  if report.totals.rows == report.totals.no_backup then
    record.error = { kind = "nothing_to_do", message = NO_BACKUP }
    return records.finish(db, entry, "failed")
  elseif open == 0 then
    return finish(db, entry, now)
  elseif open == unknown and now - record.unknown_since > settings.search_time then
    record.note = UNCERTAIN
    return records.finish(db, entry, "unknown")
  elseif now - record.ordered_at > settings.follow_time then
    record.error = { kind = "timeout", message = "the run did not end within follow_time" }
    return records.finish(db, entry, "failed")
  end
  record.state = "in_progress"
  record.pause = math.min(record.pause * INTERVAL_GROWTH, settings.poll_interval * MAX_INTERVALS)
  record.next_at = now + record.pause
  return records.save(db, entry)
end

-- Begins the run of a slot. Returns whether the slot may run: the slot has not passed, and no other order holds the
-- vault.
local function begin(db, entry)
  local record, now = entry.record, db:now()
  if now >= record.until_at then
    return false
  end
  record.state, record.host, record.ordered_at = "in_progress", db.settings.host, now
  record.pause, record.next_at = db.settings.poll_interval, now
  record.progress = { percent = 0, done = 0, total = 0, succeeded = 0, failed = 0, skipped = 0 }
  return records.save(db, entry) == "done"
end

--- Makes one step.
---@param settings table
---@param entry table the entry of the slot: see records.lua
function copy.step(settings, entry)
  local record = entry.record
  if entry.stored == "" and not store.must_use(settings, function(db) return begin(db, entry) end) then
    return
  end
  local report, err = dr.replicate(settings.client, parameters(settings, entry))
  if not report and err.kind == "config" then -- the run's store has failed, so nothing was ordered
    error({ redis = err.message }, 0)
  end
  store.must_use(settings, function(db)
    if report then
      return write(db, entry, report)
    end
    record.error = records.brief(err)
    return records.finish(db, entry, "failed")
  end)
end

return copy
