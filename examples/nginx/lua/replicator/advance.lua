--- Advances one order by one step: sends it, searches for it, or polls it. A step is short.
-- When it ends, everything that it learned is in Redis, so any worker of any host can make the next step.

local find_lost = require "replicator.find_lost"
local follow = require "replicator.follow"
local last_order = require "replicator.last_order"
local metrics = require "replicator.metrics"
local record_result = require "replicator.record_result"
local records = require "replicator.records"
local store = require "replicator.store"

-- Like store.use, but raises when Redis fails. That ends the step; the next step continues with what Redis holds.
local function use(settings, fn)
  local result, reason = store.use(settings, fn)
  if result == nil then
    error({ redis = reason }, 0)
  end
  return result
end

-- The error of a claimed order that was certainly not sent.
local function not_sent(reason)
  return { kind = "timeout", outcome = "not_sent", retryable = true, message = reason }
end

-- Claims the order for this host. -> whether that succeeded; nil and a reason if Redis failed
local function claim(settings, entry)
  local record = entry.record
  return store.use(settings, function(db)
    local now = db:now()
    if record.until_at and now >= record.until_at then -- an order for a slot is sent only while the slot lasts
      if entry.stored ~= "" then
        records.finish(db, entry, record.outcome or "not_sent")
      end
      return false
    end
    record.state, record.attempt, record.host = "claimed", record.attempt + 1, settings.host
    record.claimed_at, record.next_at = now, now + settings.poll_interval
    record.claim = ("%s:%d:%.3f:%d"):format(settings.host, ngx.worker.pid(), ngx.now(), record.attempt)
    return records.save(db, entry) == "done"
  end)
end

local function place(settings, entry)
  local record = entry.record
  local began, claim_before = ngx.now(), record.claim
  local is_claimed, reason = claim(settings, entry)
  if is_claimed == nil and record.claim ~= claim_before then -- Redis may have stored the claim
    return record_result.write(settings, record, nil, not_sent(reason))
  elseif not is_claimed then
    return -- another host has the order, or another order has the vault
  end
  ngx.update_time()
  -- When `search_time` is over, no request may be on its way any more. An order that cannot end by then is not sent.
  if ngx.now() - began > settings.search_time - settings.timeout then
    return record_result.write(settings, record, nil, not_sent "this host was suspended after it claimed the order")
  end
  began = ngx.now()
  local client = settings.client
  local response, err = client[record.kind](client, record.params)
  ngx.update_time()
  metrics.observe("cbr_order_seconds", ngx.now() - began)
  record_result.write(settings, record, response, err)
end

local FOUND = "no response came; the search found the order"
local NOT_FOUND = "no response came, and the search found no such order; it is not sent again"
local NOT_SEARCHED = "no response came, and the service could not be searched; the order is not sent again"

-- A claimed record without a result: its host died, or the service's response was lost.
local function search(settings, entry, now)
  local record = entry.record
  local response, err = find_lost(settings, record, now)
  if err then
    metrics.count("cbr_poll_failures_total", { kind = err.kind })
  end
  use(settings, function(db)
    local time = db:now()
    record.next_at, record.poll_error = time + settings.poll_interval, err and records.brief(err)
    if response and not last_order.is(db, record.vault_id, response) then
      record.note = FOUND
      return record_result.accepted(db, entry, response)
    elseif time - record.claimed_at > (err and settings.follow_time or settings.search_time) then
      record.note = err and NOT_SEARCHED or NOT_FOUND
      return records.finish(db, entry, "unknown")
    end
    return records.save(db, entry)
  end)
end

local function take_step(settings, entry, now)
  local record = entry.record
  if records.may_be_ordered(record) then
    place(settings, entry)
  elseif record.state == "claimed" then
    search(settings, entry, now)
  elseif record.state == "in_progress" then
    local change = follow.poll(settings, record)
    use(settings, function(db)
      return follow.write(db, entry, change)
    end)
  end
end

--- Advances an order by one step, unless another worker is doing that.
---@param settings table
---@param initial table the record to begin with if Redis has none; otherwise only its `key` and `vault_id` count
return function(settings, initial)
  local owner = ("%s:%d:%f"):format(settings.host, ngx.worker.pid(), ngx.now())
  local entry, now
  local is_free = use(settings, function(db)
    if not db:lock(initial.vault_id, owner) then
      return false
    end
    local record, stored = db:read(initial.key)
    entry, now = { record = record or initial, stored = stored }, db:now()
    return true
  end)
  if not is_free then
    return
  end
  local ok, reason = pcall(take_step, settings, entry, now)
  store.use(settings, function(db)
    db:unlock(initial.vault_id, owner)
  end)
  if not ok then
    error(reason, 0)
  end
end
