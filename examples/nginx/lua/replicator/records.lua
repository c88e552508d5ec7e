--- The records of slots and jobs: their states, and how a state can change. The run of a slot:
--
--   queued → in_progress → done | failed | nothing | unknown
--              └→ retry → in_progress …          nothing was accepted, or something could not be read
--
-- The order of a job:
--
--   queued → claimed → in_progress → done | failed
--              ├→ rejected | not_sent | nothing  certainly not accepted
--              └→ unknown                        may have been accepted: a search cannot tell
--
-- From the state `claimed` on, the order may have been sent. So a claimed record is never ordered again.
--
-- An entry has a record and the text that Redis holds for it ("" for none): { record =, stored =, owner = }. If it has
-- an `owner`, the record is written only while this owner has the lock of the vault.

local json = require "replicator.json"
local metrics = require "replicator.metrics"

local records = {}

-- While a record is in one of these states, no other record may use its vault.
local OPEN = { claimed = true, retry = true, in_progress = true }
local NOTIFIED = { failed = true, rejected = true, not_sent = true, unknown = true } -- states that the webhook gets
local RECENT_JOBS = 10 -- how many ended jobs the page shows

--- How many past slots the page shows.
records.HISTORY = 24

--- The number of the slot in which a time lies.
---@param now number
---@param interval number
---@return integer
function records.slot_at(now, interval)
  return math.floor(now / interval)
end

--- The key of a slot's record in Redis.
function records.slot_key(settings, vault, slot)
  return ("%sslot:%s:%d"):format(settings.prefix, vault.name, slot)
end

--- The first record of a slot of a vault.
---@param settings table
---@param vault table one of settings.vaults
---@param slot integer
---@return table record
function records.of_slot(settings, vault, slot)
  return {
    key = records.slot_key(settings, vault, slot), origin = "schedule", kind = "replicate", name = vault.name,
    id = ("%s-%d"):format(vault.name, slot), slot = slot, interval = vault.interval,
    until_at = (slot + 1) * vault.interval,
    vault_id = vault.vault_id, params = vault.params, state = "queued",
  }
end

--- The first record of a job. A job is ordered only once. If it fails, the caller can queue a new job.
---@param settings table
---@param job { id: string, kind: "replicate"|"sync", params: table }
---@param now number
---@return table record
function records.of_job(settings, job, now)
  return {
    key = settings.prefix .. "job:" .. job.id, origin = "request", kind = job.kind, id = job.id, created_at = now,
    vault_id = job.params.vault_id, params = job.params, state = "queued", attempt = 0,
  }
end

--- The fields of an error that a record keeps. They contain no secret.
---@param err table an error of cbr
---@return table
function records.brief(err)
  return {
    kind = err.kind, code = err.code, message = err.message, advice = err.advice, hint = err.hint,
    outcome = err.outcome, status = err.status, request_id = err.request_id,
  }
end

--- Whether an error says that all backups are replicated already, which is not a failure for a schedule. A vault
-- without any backup is a failure, because its backups may have stopped.
function records.is_nothing_to_do(err)
  return err.kind == "nothing_to_do"
end

local function is_open(record)
  return OPEN[record.state] == true
end

-- The result of a record that has ended, for the page and the metrics.
local function result_of(record, now)
  local progress = record.progress or {}
  return {
    state = record.state, at = now, slot = record.slot, error = record.error, failures = record.failures,
    done = progress.done, total = progress.total, succeeded = progress.succeeded, failed = progress.failed,
    skipped = progress.skipped, note = record.note, seconds = record.ordered_at and now - record.ordered_at or nil,
  }
end

local function keep_last_result(db, record, now)
  local key, keep = db.settings.prefix .. "last:" .. record.name, math.ceil(db.settings.keep)
  local before, result = db:read(key), result_of(record, now)
  local is_success = record.state == "done" or record.state == "nothing"
  result.success_at = is_success and now or before and before.success_at
  db:call("set", key, json.encode(result), "EX", keep)
end

local function keep_recent_job(db, record)
  local recent = db.settings.prefix .. "recent"
  db:call("lpush", recent, record.key)
  db:call("ltrim", recent, 0, RECENT_JOBS - 1)
end

local function keep_history(db, record)
  local history = db.settings.prefix .. "history:" .. record.name
  db:call("hset", history, record.slot, record.state)
  db:call("hdel", history, record.slot - records.HISTORY)
  db:call("expire", history, math.ceil(db.settings.keep))
end

-- Writes those fields of a changed record that the page and the metrics show.
local function publish(db, record)
  if record.slot then
    keep_history(db, record)
  end
  if is_open(record) or record.state == "queued" then
    return
  end
  metrics.count("cbr_runs_total", { result = record.state, kind = record.kind })
  if record.name then
    keep_last_result(db, record, record.ended_at)
  else
    keep_recent_job(db, record)
  end
  ngx.log(ngx.NOTICE, "cbr: ", record.key, " ended: ", record.state)
end

--- Writes a changed record, unless another worker has changed the record in Redis, or has taken the lock of the vault.
---@param db table
---@param entry table a record and its text in Redis: see records.lua
---@return "done"|"moved"|"busy"|"lost" outcome see methods:move in store.lua
function records.save(db, entry)
  local record = entry.record
  local notice = db.settings.webhook and NOTIFIED[record.state] and '{"state":"due","tries":0}' or nil
  local outcome = db:move(entry, is_open(record), record.created_at or record.slot * record.interval, notice)
  if outcome == "done" then
    publish(db, record)
  end
  return outcome
end

--- Ends a record. `state` is its final state.
---@return "done"|"moved"|"busy"|"lost" outcome see methods:move in store.lua
function records.finish(db, entry, state)
  local record = entry.record
  record.state, record.ended_at, record.next_at = state, db:now(), nil
  return records.save(db, entry)
end

--- Writes that the order of a job was certainly not accepted.
---@param db table
---@param entry table a record and its text in Redis: see records.lua
---@param outcome "rejected"|"not_sent"
---@param err table an error of cbr
---@return "done"|"moved"|"busy"|"lost" outcome see methods:move in store.lua
function records.not_accepted(db, entry, outcome, err)
  entry.record.outcome, entry.record.error = outcome, records.brief(err)
  return records.finish(db, entry, records.is_nothing_to_do(err) and "nothing" or outcome)
end

--- Whether the webhook gets a notice of a record in this state.
function records.is_notified(record)
  return NOTIFIED[record.state] == true
end

return records
