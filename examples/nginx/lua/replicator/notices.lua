--- Tells the webhook about slots and jobs that have failed, once about each.
--
-- When a record changes to a failed state, the same step of Redis queues its notice. A worker claims a notice for LEASE
-- seconds, connects, notes `sending`, and only then sends the notice. A worker that is killed before it notes `sending`
-- has sent nothing, and the notice is sent later. If the worker is killed after that, nobody knows whether the notice
-- has arrived, and it is not sent again. A notice that the receiver has certainly not accepted is retried, with the
-- same Idempotency-Key.

local hmac = require "replicator.hmac"
local json = require "replicator.json"
local metrics = require "replicator.metrics"
local records = require "replicator.records"
local store = require "replicator.store"
local webhook = require "replicator.webhook"

local notices = {}

local MAX_TRIES = 5
local FIRST_PAUSE = 10 -- seconds before the second try; each further pause is three times as long
local LEASE = webhook.LONGEST + 5 -- seconds for which a worker claims a notice
local MOST = 20 -- at most this many notices are sent at the same time

-- Claims a notice that is due. KEYS: the queue, the notice's state. ARGV: the record's key, now, the end of the lease.
local CLAIM = [[
  local due = redis.call('ZSCORE', KEYS[1], ARGV[1])
  if not due or tonumber(due) > tonumber(ARGV[2]) then return '' end
  redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
  return redis.call('GET', KEYS[2]) or ''
]]

-- Changes the state of a notice, if it still has the expected state. KEYS: the queue, the state. ARGV: the record's
-- key, the expected state, the new state, seconds to keep the state, when the notice is due ("" for never).
local CHANGE = [[
  if redis.call('GET', KEYS[2]) ~= ARGV[2] then return 0 end
  redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[4])
  if ARGV[5] == '' then redis.call('ZREM', KEYS[1], ARGV[1]) else redis.call('ZADD', KEYS[1], ARGV[5], ARGV[1]) end
  return 1
]]

-- Withdraws a notice, if the notice and its record are still as they were read. KEYS: the queue, the notice's state,
-- the record. ARGV: the record's key, the expected state, the expected record ("" for none).
local WITHDRAW = [[
  if redis.call('GET', KEYS[2]) ~= ARGV[2] or (redis.call('GET', KEYS[3]) or '') ~= ARGV[3] then return 0 end
  redis.call('DEL', KEYS[2])
  return redis.call('ZREM', KEYS[1], ARGV[1])
]]

local function queue_of(settings)
  return settings.prefix .. "notices"
end

--- The records whose notices are due.
---@param db table
---@param now number
---@return string[] keys
function notices.due(db, now)
  return db:call("zrangebyscore", queue_of(db.settings), "-inf", now, "LIMIT", 0, MOST)
end

-- Changes the state of a claimed notice. `due` is the time of the next try; nil for no further try.
local function change(db, notice, state, due)
  local text, settings = assert(json.encode(state)), db.settings
  local is_done = db:call("eval", CHANGE, 2, queue_of(settings), notice.key .. ":notice", notice.key, notice.stored,
    text, math.ceil(settings.keep), due or "") == 1
  if is_done then
    notice.stored, notice.state = text, state
  end
  return is_done
end

-- Ends a notice. `outcome` is "sent", "failed" or "unknown".
local function finish(db, notice, outcome, reason)
  if change(db, notice, { state = outcome, tries = notice.state.tries, reason = reason }) then
    metrics.count("cbr_notices_total", { outcome = outcome })
    if outcome ~= "sent" then
      ngx.log(ngx.WARN, "cbr: the webhook's notice of ", notice.key, ": ", outcome, ": ", reason)
    end
  end
end

local function claim(settings, key)
  return store.must_use(settings, function(db)
    local now = db:now()
    local text = db:call("eval", CLAIM, 2, queue_of(settings), key .. ":notice", key, now, now + LEASE)
    local state = json.decode(text)
    if not state then
      return false
    end
    local record, stored_record = db:read(key)
    local notice = { key = key, stored = text, state = state, record = record }
    if state.state ~= "due" then
      finish(db, notice, "unknown", "the worker ended while it was sending the notice")
      return false
    elseif not record or not records.is_notified(record) and state.tries == 0 then
      -- A late response has shown that nothing has failed. If the record fails later, its notice is a new one. A notice
      -- that was tried is tried again, because the receiver may have it already.
      db:call("eval", WITHDRAW, 3, queue_of(settings), key .. ":notice", key, key, text, stored_record)
      return false
    end
    return notice
  end)
end

-- The body of a notice. It is kept in the notice, so that each try sends the same body.
local function body_of(settings, record)
  local name = record.name
  for _, vault in ipairs(settings.vaults) do
    name = name or vault.vault_id == record.vault_id and vault.name or nil
  end
  return assert(json.encode {
    id = record.id, kind = record.kind, origin = record.origin, vault = name, vault_id = record.vault_id,
    slot = record.slot, state = record.state, note = record.note, error = record.error, failures = record.failures,
    ended_at = record.ended_at,
  })
end

-- Whether a status means that the receiver has certainly not accepted the notice, but may accept it later.
local function is_temporary(status)
  return status == 408 or status == 429 or status >= 500
end

local function write_result(db, notice, status, reason, is_sent)
  local tries = notice.state.tries
  if status and status >= 200 and status < 300 then
    return finish(db, notice, "sent")
  elseif is_sent and not status then
    return finish(db, notice, "unknown", reason)
  end
  reason = reason or ("the receiver responded with HTTP %d"):format(status)
  if status and not is_temporary(status) or tries >= MAX_TRIES then
    return finish(db, notice, "failed", reason)
  end
  local due = db:now() + FIRST_PAUSE * 3 ^ (tries - 1)
  change(db, notice, { state = "due", tries = tries, reason = reason, body = notice.state.body }, due)
end

--- Sends a notice, unless another worker is sending it.
---@param settings table
---@param key string the key of the record
function notices.send(settings, key)
  local notice = claim(settings, key)
  if not notice then
    return
  end
  local body, hook = notice.state.body or body_of(settings, notice.record), settings.webhook
  local headers = {
    ["X-Cbr-Signature"] = "sha256=" .. hmac.sha256(hook.key, body), ["Idempotency-Key"] = notice.record.id,
  }
  local tries = notice.state.tries + 1
  local status, reason, is_sent = webhook.post(hook.url, headers, body, function()
    return store.use(settings, function(db)
      return change(db, notice, { state = "sending", tries = tries, body = body }, db:now() + LEASE)
    end)
  end)
  notice.state.tries = tries
  store.must_use(settings, function(db)
    write_result(db, notice, status, reason, is_sent)
  end)
end

return notices
