--- The record of one order, of a slot of the schedule or of a job: what is known of it, and how that may change.
--
--   queued → claimed → ordered → done | failed
--              ├→ retry → claimed …             certainly not taken in, and it may be given again
--              ├→ rejected | not_sent | nothing  certainly not taken in, and that was it
--              └→ unknown                        it may have been taken in, and nothing of it was found
--
-- Claimed means: from here on it can have been sent. A claimed record is never ordered again.

local json = require "cbr.util.json"
local metrics = require "replicator.metrics"

local record = {}

local OPEN = { claimed = true, retry = true, ordered = true } -- these hold their vault
local RECENT = 10 -- jobs that ended, kept at hand for the page

--- How many slots back the page shows.
record.HISTORY = 24

-- Refusals that mean that there is nothing to do.
local NOTHING = { ["BackupService.1009"] = true, ["BackupService.0001"] = true }

local function slot_key(prefix, name, slot)
  return ("%sslot:%s:%d"):format(prefix, name, slot)
end

--- The number of the slot in which a time lies.
function record.slot_at(now, interval)
  return math.floor(now / interval)
end

--- The record that a slot of a vault begins with.
function record.of_slot(settings, vault, slot)
  return {
    key = slot_key(settings.prefix, vault.name, slot), origin = "schedule", kind = "replicate", name = vault.name,
    slot = slot, interval = vault.interval, until_at = (slot + 1) * vault.interval,
    vault_id = vault.vault_id, params = vault.params, state = "queued", attempt = 0,
  }
end

function record.slot_key(settings, vault, slot)
  return slot_key(settings.prefix, vault.name, slot)
end

--- The record that a job begins with. Whoever asked for it decides whether to ask again: it is tried once.
function record.of_job(settings, id, kind, params, now)
  return {
    key = settings.prefix .. "job:" .. id, origin = "request", kind = kind, id = id, created_at = now,
    vault_id = params.vault_id, params = params, state = "queued", attempt = 0,
  }
end

--- What of an error is kept: its words and facts, and none of them is secret.
function record.brief(err)
  return {
    kind = err.kind, code = err.code, message = err.message, advice = err.advice, hint = err.hint,
    outcome = err.outcome, status = err.status, request_id = err.request_id,
  }
end

--- Whether an error says that there is nothing to replicate: no failure, for a schedule.
function record.is_nothing(err)
  return NOTHING[err.code or ""] == true
end

function record.is_open(it)
  return OPEN[it.state] == true
end

--- Whether an order may be given for it: it never was, or the last one was certainly not taken in.
function record.may_be_ordered(it)
  return it.state == "queued" or it.state == "retry"
end

-- What is told of a vault when its record changed, beside the record.
local function tell(db, it, now)
  if it.slot then
    local history = db.prefix .. "history:" .. it.name
    db:call("hset", history, it.slot, it.state)
    db:call("hdel", history, it.slot - record.HISTORY)
    db:call("expire", history, math.ceil(db.keep))
  end
  if record.is_open(it) or it.state == "queued" then
    return
  end
  metrics.count("cbr_runs_total", { result = it.state, kind = it.kind })
  local fields = it.progress or {}
  local last = {
    state = it.state, at = now, slot = it.slot, error = it.error, done = fields.done, total = fields.total,
    succeeded = fields.succeeded, failed = fields.failed, skipped = fields.skipped,
    seconds = it.ordered_at and now - it.ordered_at or nil,
  }
  if it.name then
    local key = db.prefix .. "last:" .. it.name
    local before = db:read(key)
    local good = it.state == "done" or it.state == "nothing"
    last.success_at = good and now or before and before.success_at
    db:call("set", key, json.encode(last), "EX", math.ceil(db.keep))
  else
    db:call("lrem", db.prefix .. "queue", 0, it.key)
    db:call("lpush", db.prefix .. "recent", it.key)
    db:call("ltrim", db.prefix .. "recent", 0, RECENT - 1)
  end
  ngx.log(ngx.NOTICE, "cbr: ", it.key, " ended: ", it.state)
end

--- Writes a record over what it was. -> "done", "moved" or "busy" as store's move; and its text
function record.save(db, it, before, now)
  local answer, text = db:move(it, before, record.is_open(it))
  if answer == "done" then
    tell(db, it, now)
  end
  return answer, text
end

--- Ends a record in a state. -> as save
function record.finish(db, it, before, state, now)
  it.state, it.ended_at, it.next_at = state, now, nil
  return record.save(db, it, before, now)
end

--- Enters what became of an order that was certainly not taken in.
---@param outcome "rejected"|"not_sent"
function record.refuse(db, it, before, outcome, err, pause, now)
  it.outcome, it.error = outcome, record.brief(err)
  if err.retryable and it.until_at and now + pause < it.until_at then
    it.state, it.next_at = "retry", now + pause
    return record.save(db, it, before, now)
  end
  return record.finish(db, it, before, record.is_nothing(err) and "nothing" or outcome, now)
end

return record
